// A client with more of everything than fits on a page: it is found, and goes on page by page, in every look.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { look } from "./look.js";
import { entry, Site, until } from "./site.js";

const MANY = 120;

let browser, site, person;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), Site.start()]);
  const { key } = await site.manager("acme_corp");
  const jobs = Array.from({ length: MANY }, (_, number) =>
    entry(number, {
      workflow: `job-${number}-${"with-a-long-name-".repeat(number % 5)}`,
      status: number === 77 ? "FAILED" : `STATUS-${number % 40}`,
    }),
  );
  await site.store(key, jobs);
  for (let number = 0; number < MANY; number += 1) {
    await site.call(key, "POST", "/api/v1/keys", { name: `machine ${number}`, scopes: ["logs:write"] });
  }
  await until(async () => (await site.call(key, "GET", "/api/v1/workflows")).workflows.length === MANY);
  person = await Person.at(browser, site);
  await person.signIn(await site.signInLink("acme_corp"));
});
after(async () => {
  await person.leave();
  await browser.close();
  await site.stop();
});

const rows = () => person.page.locator("tbody tr").count();

test("workflows", async () => {
  const { page } = person;
  await person.open("/console/workflows");
  assert.equal(await rows(), 100);
  await page.locator("tbody tr").first().getByRole("link", { name: /^job-77/ }).waitFor();
  await look(page, "many-workflows");
  await person.press("More", "link");
  await page.getByText("101 to 120 of 120").waitFor();
  assert.equal(await rows(), 20);
  await person.press("Before", "link");
  assert.equal(await rows(), 100);
  await page.getByLabel("Name or environment has").fill("JOB-77");
  await person.press("Show");
  assert.equal(await rows(), 1);
  await page.getByLabel("Name or environment has").fill("nothing has this");
  await person.press("Show");
  await page.getByText("No such workflow").waitFor();
  await look(page, "no-such-workflow");
  await person.press("Show all workflows", "link");
  assert.equal(await rows(), 100);
});

test("keys", async () => {
  const { page } = person;
  await person.open("/console/keys");
  assert.equal(await rows(), 100);
  await look(page, "many-keys");
  await person.press("More", "link");
  assert.equal(await rows(), MANY + 1 - 100);
  await page.getByLabel("Name or id").fill("machine 111");
  await person.press("Show");
  assert.equal(await rows(), 1);
});

test("values to filter by", async () => {
  const { page } = person;
  await person.open("/console/logs?range=24h");
  await look(page, "many-values");
  await page.getByLabel("Another workflow").fill("job-100-");
  await person.press("Show");
  assert.equal(await page.locator(".entries > .entry").count(), 1);
});
