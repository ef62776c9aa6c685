// The pictures of docs/console.md, from a running server. Its arguments: the folder that they go to.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { entry, Site } from "./site.js";

const [folder] = process.argv.slice(2);
const WINDOW = { viewport: { width: 1000, height: 620 }, colorScheme: "light", reducedMotion: "reduce" };

await mkdir(folder, { recursive: true });
const [browser, site] = await Promise.all([startBrowser(), Site.start()]);
const { job } = await company(site);

async function picture(person, name) {
  await person.page.mouse.move(0, 0);
  await person.page.screenshot({ path: join(folder, `${name}.png`) });
}

const alice = await Person.at(browser, site, WINDOW);
await alice.signIn(await site.signInLink("acme_corp"));
await alice.open("/console/workflows");
await picture(alice, "workflows");
await alice.open("/console/logs?range=24h&status=FAILED");
await alice.page.locator(".entries > .entry > summary").first().click();
await picture(alice, "entry");
await alice.open("/console/logs?range=24h");
await picture(alice, "logs");
await alice.use("Live");
await alice.page.locator("[data-live-state]").getByText("Live", { exact: true }).waitFor();
for (const message of ["412 orders were taken over", "The stock of 3 items is low", "Done in 41 s"]) {
  const status = message.startsWith("The") ? "WARNING" : "SUCCESS";
  await site.store(job.key, entry(0, { workflow: "orders", status, message }));
  await alice.page.getByText(message).first().waitFor();
}
await picture(alice, "live");
await alice.open("/console/keys");
await picture(alice, "keys");

const bob = await Person.at(browser, site, WINDOW);
await bob.signIn(await site.providerLink());
await bob.open("/console/provider/clients/acme_corp");
await picture(bob, "client");

await browser.close();
await site.stop();
