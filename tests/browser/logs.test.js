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
      await person.follow(() => page.getByRole("link", { name: /has printer/ }).click());
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
      await person.press("only nightly-invoices");
      assert.match(page.url(), /workflow=nightly-invoices/);
      await logs("range=24h&status=FAILED");
      await rows().first().locator("summary").first().click();
      await person.press("not nightly-invoices");
      assert.equal(await rows().count(), 0);
    });

    test("a bar leads to its time, and the table has the same counts", async () => {
      const { page } = person;
      await logs();
      const counted = await page.locator(".legend strong").innerText();
      await page.getByText("Counts as a table").click();
      const cells = await page.locator(".as-table td.number").allInnerTexts();
      assert.equal(`${cells.reduce((sum, count) => sum + Number(count), 0)} entries`, counted);
      // The bars are as high as the entries of their time are many.
      await person.follow(() => page.locator(".plot svg a", { has: page.locator("rect.bad") }).first().click());
      await rows().getByText("The ledger is locked").first().waitFor();
      assert.ok((await rows().count()) < 10);
    });

    /** The time that an address asks for, in minutes. */
    const minutes = () => {
      const { searchParams } = new URL(person.page.url());
      return (new Date(searchParams.get("to")) - new Date(searchParams.get("from"))) / 60_000;
    };

    test("a time of several bars is drawn with the mouse", async () => {
      const { page } = person;
      await logs();
      const place = async (number) => {
        const { x, y, width, height } = await page.locator(".plot svg a").nth(number).boundingBox();
        return [x + width / 2, y + height / 2];
      };
      await page.mouse.move(...(await place(30)));
      await page.mouse.down();
      await page.mouse.move(...(await place(20)), { steps: 5 });
      await page.locator(".plot a.chosen").nth(10).waitFor();
      await person.follow(() => page.mouse.up());
      assert.equal(minutes(), 11 * 30);
      await rows().first().waitFor();
    });

    test("a time of several bars is chosen with the keyboard", async () => {
      const { page } = person;
      await logs();
      await page.getByRole("application", { name: /^Chart/ }).focus();
      for (const key of ["End", "ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "Escape", "Home", "ArrowRight", "Shift+ArrowRight"]) {
        await page.keyboard.press(key);
      }
      assert.equal(await page.locator(".plot a.chosen").count(), 2);
      await page.getByRole("status").filter({ hasText: "2 bars" }).waitFor();
      await person.follow(() => page.keyboard.press("Enter"));
      assert.equal(minutes(), 60);
    });

    test("fields of times are in the zone of the reader, and are sent in UTC", async () => {
      const { page } = person;
      await logs("from=2026-07-01T10:00:05Z&to=2026-07-01T12:00:05Z");
      const [from, to] = [page.getByLabel("From", { exact: true }), page.getByLabel("To", { exact: true })];
      await page.getByText("Time, in Europe/Paris").waitFor();
      assert.deepEqual([await from.inputValue(), await to.inputValue()], ["2026-07-01T12:00:05", "2026-07-01T14:00:05"]);
      await from.fill("2026-07-01T13:30:05");
      await page.locator(".account summary").click();
      await page.getByRole("button", { name: "UTC" }).click();
      await page.getByText("Time, in UTC").waitFor();
      assert.equal(await from.inputValue(), "2026-07-01T11:30:05");
      await page.getByRole("button", { name: "Local time" }).click();
      await person.press("Show");
      assert.match(page.url(), /from=2026-07-01T11%3A30%3A05Z&to=2026-07-01T12%3A00%3A05Z/);
      assert.equal(await from.inputValue(), "2026-07-01T13:30:05");
    });

    test("without scripts, a time is chosen in the table, and fields are in UTC", async () => {
      const plain = await Person.at(browser, site, { javaScriptEnabled: false });
      const { page } = plain;
      await plain.signIn(await site.signInLink("acme_corp"));
      await plain.open("/console/logs?range=24h");
      await page.getByText("Counts as a table").click();
      const times = (name) => page.locator(`.as-table input[name=${name}]`);
      await times("from").nth(3).check();
      await times("to").nth(6).check();
      const [from, to] = [await times("from").nth(3).inputValue(), await times("to").nth(6).inputValue()];
      await plain.press("Show from the first to the last");
      const { searchParams } = new URL(page.url());
      assert.deepEqual([searchParams.get("from"), searchParams.get("to")], [from, to]);
      await page.getByText("Time, in UTC").waitFor();
      await page.getByLabel("From", { exact: true }).fill("2026-07-01T10:00:05");
      await page.getByLabel("To", { exact: true }).fill("2026-07-01T12:00:05");
      await plain.press("Show");
      assert.match(page.url(), /from=2026-07-01T10%3A00%3A05Z&to=2026-07-01T12%3A00%3A05Z/);
      await plain.leave();
    });

    test("older entries follow until there are none", async () => {
      const { page } = person;
      await logs();
      const older = page.getByRole("link", { name: "Older" });
      assert.equal(await rows().count(), 50);
      await person.follow(() => older.click());
      assert.ok((await rows().count()) >= 40);
      assert.equal(await older.count(), 0);
    });

    test("times are those of the reader, or of UTC", async () => {
      const { page } = person;
      await logs("range=24h&q=printer");
      const time = rows().first().locator("time").first();
      const at = new Date(await time.getAttribute("datetime"));
      const hour = (timeZone) => at.toLocaleString("en", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      const shows = (zone) => time.filter({ hasText: hour(zone) }).waitFor();
      // Nobody has to tell colours apart to see which is chosen.
      const isMarked = (name) =>
        page.getByRole("button", { name }).evaluate((button) => getComputedStyle(button, "::before").content.includes("✓"));
      await shows("Europe/Paris");
      await page.locator(".account summary").click();
      assert.deepEqual([await isMarked("Local time"), await isMarked("UTC")], [true, false]);
      await page.getByRole("button", { name: "UTC" }).click();
      assert.deepEqual([await isMarked("Local time"), await isMarked("UTC")], [false, true]);
      await shows("UTC");
      await page.reload();
      await shows("UTC");
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
      await person.follow(() => page.getByRole("link", { name: /^This entry alone/ }).first().click());
      await page.getByText("The printer is on fire").first().waitFor();
      assert.ok((await rows().count()) >= 5);
    });
  });
}
