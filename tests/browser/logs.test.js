// Finding entries: filters, the chart, the members of an entry, older ones, zones, exports.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { look } from "./look.js";
import { databases, Site } from "./site.js";

for (const database of databases) {
  describe(database, () => {
    let browser, site, person;
    before(async () => {
      [browser, site] = await Promise.all([startBrowser(), Site.start(database)]);
      await company(site);
      person = await Person.at(browser, site);
      await person.signIn(await site.signInLink("acme_corp"));
    });
    after(async () => {
      await person.leave();
      await browser.close();
      await site.stop();
    });

    const rows = () => person.page.locator(".entries > .entry");
    const logs = (query = "range=24h") => person.open(`/console/logs?${query}`);

    test("filters narrow, stand in the address, and come off again", async () => {
      const { page } = person;
      await logs();
      await page.getByRole("checkbox", { name: /^FAILED/ }).check();
      await person.press("Show");
      assert.equal(await rows().count(), 5);
      assert.match(page.url(), /[?&]status=FAILED&.*from=.*Z&to=.*Z/);
      await page.getByLabel("Words in the message").fill("printer");
      await person.press("Show");
      assert.equal(await rows().count(), 1);
      await page.getByRole("link", { name: /has printer/ }).click();
      await page.waitForLoadState();
      assert.equal(await rows().count(), 5);
      await person.press("Remove all", "link");
      assert.equal(await rows().count(), 50);
      if (database === "SQLite") {
        await logs("range=24h&q=nothing-has-this");
        await look(page, "nothing-found");
      }
    });

    test("a value of an entry narrows to it or leaves it out", async () => {
      const { page } = person;
      await logs("range=24h&q=printer");
      await rows().first().locator("summary").first().click();
      if (database === "SQLite") await look(page, "open-entry");
      await page.getByRole("button", { name: "only nightly-invoices" }).first().click();
      await page.waitForLoadState();
      assert.match(page.url(), /workflow=nightly-invoices/);
      await logs("range=24h&status=FAILED");
      await rows().first().locator("summary").first().click();
      await page.getByRole("button", { name: "not nightly-invoices" }).first().click();
      await page.waitForLoadState();
      assert.equal(await rows().count(), 0);
    });

    test("a bar leads to its time, and the table has the same counts", async () => {
      const { page } = person;
      await logs();
      const counted = await page.locator(".legend strong").innerText();
      await page.getByText("Counts as a table").click();
      const cells = await page.locator(".as-table td.number").allInnerTexts();
      assert.equal(`${cells.reduce((sum, count) => sum + Number(count), 0)} entries`, counted);
      const before = page.url();
      // The bars are as high as the entries of their time are many.
      await page.locator(".plot svg a", { has: page.locator("rect.bad") }).first().click();
      await page.waitForURL((url) => url.href !== before);
      await rows().getByText("The ledger is locked").first().waitFor();
      assert.ok((await rows().count()) < 10);
    });

    test("older entries follow until there are none", async () => {
      const { page } = person;
      await logs();
      const older = page.getByRole("link", { name: "Older" });
      assert.equal(await rows().count(), 50);
      await older.click();
      await page.waitForLoadState();
      assert.ok((await rows().count()) >= 40);
      assert.equal(await older.count(), 0);
    });

    test("times are those of the reader, or of UTC", async () => {
      const { page } = person;
      await logs("range=24h&q=printer");
      const time = rows().first().locator("time").first();
      const at = new Date(await time.getAttribute("datetime"));
      const hour = (timeZone) => at.toLocaleString("en", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      assert.ok((await time.innerText()).includes(hour("Europe/Paris")), await time.innerText());
      await page.locator(".account summary").click();
      await page.getByRole("button", { name: "UTC" }).click();
      assert.ok((await time.innerText()).includes(hour("UTC")), await time.innerText());
      await page.reload();
      assert.ok((await time.innerText()).includes(hour("UTC")), await time.innerText());
      await page.locator(".account summary").click();
      await page.getByRole("button", { name: "Local time" }).click();
    });

    test("what is seen is exported whole", async () => {
      const { page } = person;
      await logs("range=24h&status=FAILED&status=WARNING");
      // A file of CSV has a head.
      for (const [kind, lines] of Object.entries({ CSV: 30, "JSON lines": 29 })) {
        await page.getByText("Export", { exact: true }).click();
        const download = page.waitForEvent("download");
        await page.getByRole("link", { name: kind }).click();
        const text = await readFile(await (await download).path(), "utf8");
        assert.equal(text.trim().split(/\r?\n/).length, lines, kind);
        await page.reload();
      }
    });

    test("an entry stands alone, among those around it", async () => {
      const { page } = person;
      await logs("range=24h&q=printer");
      await rows().first().locator("summary").first().click();
      await page.getByRole("link", { name: /^This entry alone/ }).first().click();
      await page.waitForLoadState();
      await page.getByText("The printer is on fire").first().waitFor();
      assert.ok((await rows().count()) >= 5);
    });
  });
}
