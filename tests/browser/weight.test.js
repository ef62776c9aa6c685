// The first page is light, and nothing moves while it comes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { Site } from "./site.js";

const MOST = 60_000;

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), Site.start()]);
  await company(site);
});
after(async () => {
  await browser.close();
  await site.stop();
});

for (const path of ["workflows", "logs?range=24h", "keys"]) {
  test(`${path} with its files`, async () => {
    const person = await Person.at(browser, site);
    await person.signIn(await site.signInLink("acme_corp"));
    await person.page.goto("about:blank");
    const session = await person.context.newCDPSession(person.page);
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await person.page.addInitScript(() => {
      globalThis.moved = 0;
      new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) globalThis.moved += shift.value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    await person.page.goto(`${site.url}/console/${path}`, { waitUntil: "networkidle" });
    const moved = await person.page.evaluate(() => globalThis.moved);
    assert.ok(bytes > 5_000 && bytes < MOST, `${bytes} bytes`);
    assert.ok(moved < 0.01, `moved by ${moved}`);
    await person.leave();
  });
}
