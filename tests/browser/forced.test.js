// Colours that the system forces upon pages: what they told by a background or a shadow has a frame then. And motion that
// a reader does not want.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { Site } from "./site.js";

let browser, site, person;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), Site.start()]);
  await company(site);
  person = await Person.at(browser, site, { forcedColors: "active" });
  await person.signIn(await site.signInLink("acme_corp"));
});
after(async () => {
  await person.leave();
  await browser.close();
  await site.stop();
});

const style = (selector, name) =>
  person.page.locator(selector).first().evaluate((element, name) => getComputedStyle(element)[name], name);

test("what is chosen has a frame, and what is not has none", async () => {
  await person.open("/console/logs?range=24h");
  for (const list of [".banner nav", ".periods"]) {
    assert.equal(await style(`${list} a[aria-current]`, "borderTopStyle"), "solid", list);
    assert.equal(await style(`${list} a:not([aria-current])`, "borderTopStyle"), "none", list);
  }
});

test("a status has a frame, and bars keep the colours that tell them apart", async () => {
  await person.open("/console/logs?range=24h");
  assert.equal(await style(".badge", "borderTopStyle"), "solid");
  const ground = await style("body", "backgroundColor");
  const fills = await Promise.all(["good", "bad", "warning"].map((tone) => style(`.plot rect.${tone}`, "fill")));
  assert.equal(new Set([ground, ...fills]).size, 4, `${ground} ${fills}`);
});

test("runs that failed are told from those that did not", async () => {
  await person.open("/console/workflows");
  const ground = await style("body", "backgroundColor");
  const fills = await Promise.all(["good", "bad"].map((tone) => style(`.sparkline rect.${tone}`, "fill")));
  assert.equal(new Set([ground, ...fills]).size, 3, `${ground} ${fills}`);
  await person.press("nightly-invoices", "link");
  assert.equal(await style("a.run", "borderTopStyle"), "solid");
});

test("the time zone that is chosen is marked", async () => {
  await person.open("/console/workflows");
  await person.page.locator(".account summary").click();
  const marks = await person.page
    .locator("[data-zone]")
    .evaluateAll((buttons) => buttons.map((button) => getComputedStyle(button, "::before").content.includes("✓")));
  assert.deepEqual(marks, [true, false]);
});

test("nothing moves for whoever asks for that", async () => {
  const { page } = person;
  const running = () => page.evaluate(() => document.getAnimations().length);
  for (const [reducedMotion, most] of Object.entries({ reduce: 0, "no-preference": 1 })) {
    await page.emulateMedia({ forcedColors: "active", reducedMotion });
    person.expect(422);
    await page.goto(`${site.url}/console/logs?range=24h&unknown=1`);
    await page.locator(".notice").waitFor();
    assert.ok((await running()) <= most, reducedMotion);
  }
  await page.emulateMedia({ forcedColors: "active", reducedMotion: null });
});

test("the focus is seen, and so are the bars that are chosen", async () => {
  await person.open("/console/logs?range=24h");
  const { page } = person;
  await page.getByRole("application").focus();
  await page.keyboard.press("End");
  assert.equal(await style(".plot", "outlineStyle"), "solid");
  assert.notEqual(await style(".plot a.chosen rect.back", "fill"), await style("body", "backgroundColor"));
});
