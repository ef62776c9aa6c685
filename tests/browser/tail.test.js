// The live tail: it follows, pauses and counts, and a tab that nobody sees closes its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { entry, Site } from "./site.js";

let browser, site, key, person;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), Site.start()]);
  ({ key } = await site.issue("acme_corp"));
  person = await Person.at(browser, site);
  await person.signIn(await site.signInLink("acme_corp"));
});
after(async () => {
  await person.leave();
  await browser.close();
  await site.stop();
});

const rows = () => person.page.locator(".entry.new");
const state = (text) => person.page.locator("[data-live-state]").getByText(text, { exact: true }).waitFor();
const count = (text) => person.page.locator("[data-live-count]").getByText(text, { exact: true }).waitFor();

async function begin(query = "range=24h") {
  await person.open(`/console/logs?${query}`);
  await person.use("Live");
  await state("Live");
}

test("entries come as they are stored, and those that do not match stay away", async () => {
  await begin("range=24h&status=FAILED");
  await site.store(key, [entry(0, { message: "not asked for" }), entry(0, { status: "FAILED", message: "asked for" })]);
  await rows().getByText("asked for", { exact: true }).waitFor();
  await count("1 entry since it began");
  assert.equal(await rows().count(), 1);
});

test("a pause keeps what comes, counts it, and shows it afterwards", async () => {
  await begin();
  await site.store(key, entry(0, { message: "before the pause" }));
  await rows().first().waitFor();
  await person.use("Pause");
  await state("Paused");
  await site.store(key, [1, 2, 3].map((number) => entry(0, { message: `during the pause ${number}` })));
  await count("3 new entries are waiting");
  assert.equal(await rows().count(), 1);
  await person.use("Go on");
  await rows().getByText("during the pause 3").waitFor();
  assert.equal(await rows().count(), 4);
  await person.press("Stop");
  await person.page.getByRole("button", { name: "Live", exact: true }).waitFor();
});

test("entries that come have the columns that one has chosen", async () => {
  await begin("range=24h&column=attr.host.name&column=attr.rows&column=attr.constructor");
  await site.store(key, entry(0, { message: "with members", host: { name: "worker-7\u202e" }, rows: 41 }));
  const columns = rows().first().locator(".columns");
  await columns.getByText("worker-7").waitFor();
  assert.deepEqual((await columns.innerText()).trim().split(/\s+/), ["host.name", "worker-7\\u{202e}", "rows", "41"]);
});

test("so many stay that the page does not grow without an end", async () => {
  await begin();
  const many = Array.from({ length: 700 }, (_, number) => entry(0, { message: `one of many ${number}` }));
  await site.store(key, many);
  await count("700 entries since it began");
  await rows().getByText("one of many 699").waitFor();
  assert.equal(await rows().count(), 300);
});

const hide = (hidden) =>
  person.page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    Object.defineProperty(document, "visibilityState", { value: hidden ? "hidden" : "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

test("a hidden tab has no tail, and takes it up again where it was when it is seen", async () => {
  await begin();
  await site.store(key, entry(0, { message: "before it was hidden" }));
  await rows().getByText("before it was hidden").waitFor();
  await hide(true);
  await state("Waits until it is seen");
  await site.store(key, entry(0, { message: "while it was hidden" }));
  await hide(false);
  await state("Live");
  await site.store(key, entry(0, { message: "seen again" }));
  await rows().getByText("seen again").waitFor();
  await rows().getByText("while it was hidden").waitFor();
  await count("3 entries since it began");
  assert.equal(await rows().count(), 3);
});

test("a tab hidden before its first entry misses nothing", async () => {
  await begin();
  await hide(true);
  await site.store(key, entry(0, { message: "the first while it was hidden" }));
  await state("Waits until it is seen");
  await site.store(key, entry(0, { message: "the second while it was hidden" }));
  await hide(false);
  await rows().getByText("the first while it was hidden").waitFor();
  await rows().getByText("the second while it was hidden").waitFor();
  await count("2 entries since it began");
});
