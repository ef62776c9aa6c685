// Texts of strangers are texts, in every place that shows one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { crawl } from "./crawl.js";
import { look } from "./look.js";
import { entry, Site } from "./site.js";

const MARKUP = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
const ESCAPES = "\u001b[2J\u001b]0;taken\u0007";
const TURNED = "\u202egnp.exe\u2066 \u200f";
const FORMULA = '=HYPERLINK("https://example.com";"open")';
const ALL = `${MARKUP} ${ESCAPES} ${TURNED} ${FORMULA} {{7*7}} \${7*7} javascript:alert(1) " ' \` &lt;b&gt;`;

const hostile = (members = {}) =>
  entry(3, {
    environment: `"><b>${MARKUP}`.slice(0, 64),
    status: `${TURNED}</option><b>`,
    workflow: `${MARKUP}${TURNED}`.slice(0, 250),
    message: ALL,
    [`${MARKUP}`]: ALL,
    [FORMULA]: { [TURNED]: [ALL, { "</script>": "</script>" }] },
    ...members,
  });

let browser, site, key;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), Site.start()]);
  ({ key } = await site.issue("acme_corp", "--name", MARKUP, "--note", MARKUP));
  await site.store(key, [hostile(), entry(2, { message: "a".repeat(60_000), data: "x".repeat(190_000) })]);
});
after(async () => {
  await browser.close();
  await site.stop();
});

/** Nothing of it has become markup, has run, or has turned the page. */
async function isText(page) {
  assert.equal(await page.locator("img, main script, iframe, b").count(), 0);
  assert.notEqual(await page.title(), "taken");
  const obeyed = await page.evaluate(() => /[\u0007\u001b\u200e\u200f\u202a-\u202e\u2066-\u2069]/.exec(document.body.innerText)?.index ?? -1);
  assert.equal(obeyed, -1, "a character that the browser obeys is on the page");
}

test("every page of a client shows it as it is", async () => {
  const person = await Person.at(browser, site);
  await person.signIn(await site.signInLink("acme_corp", MARKUP.slice(0, 120)));
  await crawl(person, "/console/logs?range=1h", async () => isText(person.page));
  await person.open("/console/logs?range=1h");
  const { page } = person;
  for (const row of await page.locator(".entries > .entry > summary").all()) await row.click();
  await isText(page);
  await page.locator(".entry[open] dd.message", { hasText: "onerror" }).waitFor();
  await look(page, "hostile");
  await person.follow(() => page.getByRole("button", { name: /^only / }).first().click());
  await isText(page);
  await person.open(`/console/logs?range=1h&q=${encodeURIComponent(MARKUP)}`);
  await isText(page);
  await person.leave();
});

test("every page of the provider shows it as it is", async () => {
  const person = await Person.at(browser, site);
  await person.signIn(await site.providerLink());
  await crawl(person, "/console/provider", async () => isText(person.page));
  await person.leave();
});

test("the live tail shows it as it is", async () => {
  const person = await Person.at(browser, site);
  await person.signIn(await site.signInLink("acme_corp"));
  await person.open("/console/logs?range=1h");
  await person.use("Live");
  await person.page.locator("[data-live-state]").getByText("Live", { exact: true }).waitFor();
  await site.store(key, hostile({ message: `${ALL} now` }));
  const row = person.page.locator(".entry.new").first();
  await row.locator("summary").click();
  await row.getByText("onerror").first().waitFor();
  await isText(person.page);
  await person.leave();
});

test("an entry of 256 KiB is opened on a page of its own, without blocking it", async () => {
  const person = await Person.at(browser, site);
  await person.signIn(await site.signInLink("acme_corp"));
  await person.open("/console/logs?range=1h");
  const row = person.page.locator(".entries > .entry").first();
  await row.locator("summary").first().click();
  await row.getByText("open the entry to see them").waitFor();
  await person.follow(() => row.getByRole("link", { name: /^This entry alone/ }).click());
  assert.ok((await person.page.locator("main").innerText()).length > 240_000);
  await person.leave();
});
