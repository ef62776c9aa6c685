// Every page opens for whoever may see it, in every look, and the browser has nothing to say about it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { crawl, named } from "./crawl.js";
import { look } from "./look.js";
import { Site } from "./site.js";

const OF_CLIENT = [
  ...["workflows", "incidents", "channels", "logs", "logs/*", "views", "keys", "keys/new", "keys/*"],
  ...["usage", "intake", "intake/mappings", "alerts", "sessions"],
];
const OF_PROVIDER = ["clients/*", "keys", "reveal-links", "alerts", "audit", "servers"];

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), Site.start()]);
  await company(site);
});
after(async () => {
  await browser.close();
  await site.stop();
});

test("every page of a client", async () => {
  const person = await Person.at(browser, site);
  await person.signIn(await site.signInLink("acme_corp"));
  const kinds = await crawl(person, "/console/workflows", (kind) => look(person.page, named("client", kind)));
  for (const page of OF_CLIENT) assert.ok(kinds.has(`/console/${page}`), `${page} of ${[...kinds]}`);
  await person.leave();
});

test("every page of the provider", async () => {
  const person = await Person.at(browser, site);
  await person.signIn(await site.providerLink());
  const kinds = await crawl(person, "/console/provider", (kind) => look(person.page, named("console", kind)));
  for (const page of OF_PROVIDER) assert.ok(kinds.has(`/console/provider/${page}`), `${page} of ${[...kinds]}`);
  await person.leave();
});

test("every page of a client without an entry", async () => {
  const person = await Person.at(browser, site);
  await person.signIn(await site.signInLink("new_co", "Nora"));
  await crawl(person, "/console/workflows", (kind) => look(person.page, named("empty", kind)));
  await person.leave();
});

test("every page without scripts", async () => {
  const person = await Person.at(browser, site, { javaScriptEnabled: false });
  await person.signIn(await site.signInLink("acme_corp"));
  const kinds = await crawl(person, "/console/workflows", async () => {
    for (const scripted of await person.page.locator("[data-zone-switch], [data-copy], [data-live]").all()) {
      assert.ok(!(await scripted.isVisible()), await scripted.innerText());
    }
  });
  assert.ok(kinds.has("/console/logs/*"), [...kinds]);
  await person.leave();
});

test("pages before somebody is signed in, and of errors", async () => {
  const person = await Person.at(browser, site);
  await person.open("/");
  await look(person.page, "sign-in");
  await person.page.goto(await site.signInLink("acme_corp"));
  await look(person.page, "sign-in-link");
  await person.press("Sign in");
  const pages = { "logs/no-id": 404, "keys/no-id": 404, nothing: 404, "logs?range=24h&unknown=1": 422 };
  for (const [path, status] of Object.entries(pages)) {
    await person.open(`/console/${path}`, status);
    await look(person.page, `error-${status}-${path.split("?")[0].replace("/", "-")}`);
  }
  const { url } = await site.admin("issue", "--client", "acme_corp", "--reveal-link");
  await person.page.goto(url);
  await look(person.page, "reveal");
  await person.press("Reveal the key");
  await person.page.getByText("cl_live_").first().waitFor();
  await look(person.page, "revealed");
  await person.leave();
});
