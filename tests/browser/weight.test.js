// The first page is light, and nothing moves while it comes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { Site } from "./site.js";
import { weigh } from "./weigh.js";

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
    const { bytes, moved } = await weigh(person, `${site.url}/console/${path}`);
    assert.ok(bytes > 5_000 && bytes < MOST, `${bytes} bytes`);
    assert.ok(moved < 0.01, `moved by ${moved}`);
    await person.leave();
  });
}
