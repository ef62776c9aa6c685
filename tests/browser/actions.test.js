// All that a person of a client does with keys, alerts and sessions, with scripts and without.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { triedTwice } from "./company.js";
import { databases, entry, Site } from "./site.js";

for (const database of databases) {
  for (const javaScriptEnabled of [true, false]) {
    describe(`${database}, ${javaScriptEnabled ? "with scripts" : "without scripts"}`, () => {
      let browser, site, alice;
      before(async () => {
        [browser, site] = await Promise.all([startBrowser(), Site.start(database)]);
        await triedTwice(site, "acme_corp");
        alice = await Person.at(browser, site, { javaScriptEnabled, permissions: ["clipboard-read", "clipboard-write"] });
        await alice.signIn(await site.signInLink("acme_corp"));
      });
      after(async () => {
        await alice.leave();
        await browser.close();
        await site.stop();
      });

      const told = (text) => alice.page.locator(".notice").getByText(text).waitFor();
      const status = (word) => alice.page.locator(".lead .badge").getByText(word, { exact: true }).waitFor();
      const shown = async () => (await alice.page.locator("#api-key").innerText()).trim();
      const accepts = async (key) => (await site.send(key, entry(0))).status === 201;
      const see = ({ id }) => alice.open(`/console/keys/${id}`);

      test("a key is issued once, however often its form is sent", async () => {
        const { page } = alice;
        await alice.open("/console/keys/new");
        await page.getByLabel("Name", { exact: true }).fill("billing job");
        await page.getByLabel("It ends").selectOption("in 90 days");
        await page.getByText("Limits", { exact: true }).click();
        await page.getByLabel("Networks").fill("127.0.0.0/8");
        await alice.press("Issue the key");
        const key = await shown();
        assert.ok(await accepts(key));
        const copy = page.locator(".secret").getByRole("button", { name: "Copy" });
        assert.equal(await copy.isVisible(), javaScriptEnabled);
        if (javaScriptEnabled) {
          await copy.click();
          await page.locator(".secret").getByRole("button", { name: "Copied" }).waitFor();
          assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
        }
        await page.reload();
        await page.getByText("This form was sent before").waitFor();
        await alice.press("The key that was made", "link");
        await page.getByText("127.0.0.0/8").waitFor();
        await alice.open("/console/keys?q=billing");
        assert.equal(await page.locator("tbody tr").count(), 1);
      });

      test("a new key waits for its first entry, and says when it has come", async () => {
        const { page } = alice;
        await alice.open("/console/keys/new");
        await page.getByLabel("Name", { exact: true }).fill("waits");
        await alice.press("Issue the key");
        const key = await shown();
        await alice.press("Wait for its first entry", "link");
        await page.getByText("Waiting for the first entry").waitFor();
        assert.ok(await accepts(key));
        // The page looks again by itself, until there is nothing to wait for.
        await told(/^It was used/);
        assert.equal(await page.locator("meta[http-equiv=refresh]").count(), 0);
      });

      test("a form that is not filled in well says so, and keeps what is in it", async () => {
        const { page } = alice;
        await alice.open("/console/keys/new");
        await page.getByLabel("Name", { exact: true }).fill("nightly");
        await page.getByText("Limits", { exact: true }).click();
        await page.getByLabel("Rate").fill("often");
        alice.expect(422);
        await alice.press("Issue the key");
        await page.getByRole("alert").waitFor();
        assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "nightly");
      });

      test("a key is rotated, works longer, and is finished", async () => {
        const { page } = alice;
        const old = await site.issue("acme_corp", "--name", "customers");
        await see(old);
        await page.getByLabel("Both keys work for").selectOption("1 hour");
        await alice.press("Rotate");
        const successor = await shown();
        await alice.press("See who still uses it", "link");
        const until = page.locator("dt:text-is('Ends') + dd time");
        const before = new Date(await until.getAttribute("datetime"));
        await alice.press("Extend by 24 hours");
        await told("The grace period is longer now");
        assert.equal(new Date(await until.getAttribute("datetime")) - before, 24 * 3_600_000);
        assert.ok((await accepts(old.key)) && (await accepts(successor)));
        await alice.press("Finish: end the old key");
        await told("The rotation is finished. No server accepts it any more");
        await status("revoked");
        assert.deepEqual([await accepts(old.key), await accepts(successor)], [false, true]);
      });

      test("a rotation without a grace period ends the old key at once", async () => {
        const old = await site.issue("acme_corp");
        await see(old);
        await alice.page.getByLabel("Both keys work for").selectOption("0");
        await alice.press("Rotate");
        await alice.page.getByText("The old key is revoked").waitFor();
        assert.deepEqual([await accepts(old.key), await accepts(await shown())], [false, true]);
      });

      test("a key is disabled and enabled", async () => {
        const job = await site.issue("acme_corp");
        await see(job);
        await alice.press("Disable");
        await told("The key is disabled. No server accepts it any more");
        await status("disabled");
        assert.ok(!(await accepts(job.key)));
        await alice.press("Enable");
        await told("Every server accepts it");
        await status("active");
        assert.ok(await accepts(job.key));
      });

      test("a key is revoked if its id is typed, with the keys that it has made", async () => {
        const { page } = alice;
        const manager = await site.manager("acme_corp");
        const made = await site.call(manager.key, "POST", "/api/v1/keys", { scopes: ["logs:write"] });
        await see(manager);
        alice.expect(422);
        await alice.press("Revoke");
        await told("Nothing was revoked");
        assert.ok(await accepts(manager.key));
        await page.getByLabel(/^Type .* to confirm$/).fill(manager.id);
        await page.getByLabel("Reason").fill("left on a train");
        await page.getByLabel("and all keys that it has made").check();
        await alice.press("Revoke");
        await told("The key and all that it has made are revoked. No server accepts it any more");
        await status("revoked");
        await page.getByText("left on a train").waitFor();
        assert.deepEqual([await accepts(manager.key), await accepts(made.api_key)], [false, false]);
      });

      test("an alert is acknowledged", async () => {
        const { page } = alice;
        await alice.open("/console/alerts");
        const alert = page.getByRole("article").filter({ hasText: "was used again" });
        await alice.follow(() => alert.getByRole("button", { name: "Acknowledge" }).click());
        await told("The alert is acknowledged");
        await page.getByRole("heading", { name: "Acknowledged" }).waitFor();
        await alert.getByText(/acknowledged .* by session/).waitFor();
        assert.equal(await alert.getByRole("button").count(), 0);
      });

      test("one session is ended, and all others", async () => {
        const { page } = alice;
        const others = [];
        for (const name of ["Carol", "Dave", "Erin"]) {
          const other = await Person.at(browser, site, { javaScriptEnabled });
          await other.signIn(await site.signInLink("acme_corp", name));
          others.push(other);
        }
        const [carol, dave, erin] = others;
        await alice.open("/console/sessions");
        await alice.follow(() => page.getByRole("row", { name: /Carol/ }).getByRole("button", { name: "End" }).click());
        await told("The session of Carol has ended. No server accepts it any more");
        const isOut = async (other) => {
          await other.page.goto(`${site.url}/console/workflows`);
          return new URL(other.page.url()).pathname === "/console/sign-in";
        };
        assert.deepEqual([await isOut(carol), await isOut(dave)], [true, false]);
        await alice.press("End all others");
        await told("2 sessions ended. No server accepts them any more");
        assert.deepEqual([await isOut(dave), await isOut(erin), await isOut(alice)], [true, true, false]);
        for (const other of others) {
          other.expect(401);
          await other.leave();
        }
      });
    });
  }
}
