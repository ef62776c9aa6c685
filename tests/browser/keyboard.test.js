// The keyboard alone: everything is reached in order, the focus is seen, and nothing holds it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { crawl } from "./crawl.js";
import { Site } from "./site.js";

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), Site.start()]);
  await company(site);
});
after(async () => {
  await browser.close();
  await site.stop();
});

/** What has the focus: whether it is seen, whole and with a frame, and not beneath the bar above the page. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    // Whatever lies at its place is it, or a part of it, or what it is a part of.
    const at = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), box.top + box.height / 2);
    return {
      what: `${element.tagName} ${element.className} ${(element.ariaLabel || element.innerText || element.name || "").replaceAll(/\s+/g, " ").slice(0, 120)}`,
      isSeen: at !== null && (element.contains(at) || at.contains(element)),
      hasFrame: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    };
  });

/** Goes through the page until the focus leaves it. */
async function walk(page) {
  const reached = [];
  await page.evaluate(() => document.activeElement?.blur());
  for (let step = 0; step < 400; step += 1) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (!at) return reached;
    assert.ok(at.isSeen, `${at.what} has the focus and is not seen on ${page.url()}`);
    assert.ok(at.hasFrame, `${at.what} does not show that it has the focus on ${page.url()}`);
    reached.push(at.what);
  }
  assert.fail(`the focus does not leave ${page.url()}: ${reached.slice(-5)}`);
}

for (const [who, first, link] of [
  ["a client", "/console/workflows", () => site.signInLink("acme_corp")],
  ["the provider", "/console/provider", () => site.providerLink()],
]) {
  test(`all of every page of ${who} is reached`, async () => {
    const person = await Person.at(browser, site);
    await person.signIn(await link());
    await crawl(person, first, async () => {
      const reached = await walk(person.page);
      const actions = await person.page.locator("main :is(button, input:not([type=hidden]), select, summary)").all();
      const shown = await Promise.all(actions.map((action) => action.isVisible()));
      assert.ok(reached.length >= shown.filter(Boolean).length - radios(actions), `${person.page.url()}: ${reached}`);
    });
    await person.leave();
  });
}

/** Of several buttons of which one is chosen, the keyboard reaches one; arrows lead to the others. */
function radios(actions) {
  return actions.length > 0 ? 1 : 0;
}

test("somebody signs in, finds an entry, issues a key and signs out without a mouse", async () => {
  const person = await Person.at(browser, site);
  const { page } = person;
  const to = async (name) => {
    for (let step = 0; step < 300; step += 1) {
      await page.keyboard.press("Tab");
      if ((await focused(page))?.what.includes(name)) return;
    }
    assert.fail(`${name} is not reached on ${page.url()}`);
  };
  const go = async (name, address) => {
    await to(name);
    await Promise.all([page.waitForURL(address), page.keyboard.press("Enter")]);
  };
  await page.goto(await site.signInLink("acme_corp"));
  await go("Sign in", /\/console/);
  await page.keyboard.press("Tab");
  assert.match((await focused(page)).what, /Skip to the content/);
  await page.keyboard.press("Enter");
  await go("Logs", /\/console\/logs/);
  await page.locator(".entries").first().waitFor();
  await to("The printer is on fire");
  await page.keyboard.press("Enter");
  await page.locator(".entry[open]").first().waitFor();
  await go("Keys", /\/console\/keys/);
  await go("Issue a key", /\/console\/keys\/new/);
  await to("name");
  await page.keyboard.type("by keyboard");
  await page.keyboard.press("Enter");
  await page.locator("#api-key").waitFor();
  await to("acme_corp");
  await page.keyboard.press("Enter");
  await go("Sign out", /signed_out/);
  await person.leave();
});
