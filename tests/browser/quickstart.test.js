// From nothing: the link that the first start prints leads to the first entry with one click.

import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { look } from "./look.js";
import { Site } from "./site.js";

let browser, site;
before(async () => (browser = await startBrowser()));
after(() => browser.close());
afterEach(() => site.stop());

test("with nothing at all", async () => {
  site = new Site();
  await site.prepare("SQLite");
  await visit();
});

test("in a working copy, with the keys of .env.example", async () => {
  site = new Site();
  await site.prepare("SQLite");
  await copyFile(new URL("../../.env.example", import.meta.url), join(site.directory, ".env"));
  await visit();
});

/** The first entry is in sight after one click. */
async function visit() {
  await site.serve(["--quickstart"]);
  const link = await site.says(/http:\S+\/sign-in\/\S+/);
  const person = await Person.at(browser, site);
  await person.signIn(link);
  // Workflows are followed in the background: nobody is as quick as this browser.
  const hello = person.page.locator("main").getByText("hello").first();
  for (let attempt = 0; attempt < 30 && !(await hello.isVisible()); attempt += 1) {
    await hello.waitFor({ timeout: 1_000 }).catch(() => person.page.reload());
  }
  await hello.waitFor();
  await look(person.page, "quickstart");
  await person.press("Logs", "link");
  await person.page.getByText("this is its first entry").first().waitFor();
  await person.leave();
}
