// All that a person of the provider does in the browser.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Person, startBrowser } from "./browser.js";
import { triedTwice } from "./company.js";
import { databases, Site } from "./site.js";

const ACME = "/console/provider/clients/acme_corp";

for (const database of databases) {
  for (const javaScriptEnabled of [true, false]) {
    describe(`${database}, ${javaScriptEnabled ? "with scripts" : "without scripts"}`, () => {
      let browser, site, bob;
      before(async () => {
        [browser, site] = await Promise.all([startBrowser(), Site.start(database)]);
        await site.manager("acme_corp");
        await site.manager("widget_co");
        await triedTwice(site, "acme_corp");
        bob = await Person.at(browser, site, { javaScriptEnabled });
        await bob.signIn(await site.providerLink());
      });
      after(async () => {
        await bob.leave();
        await browser.close();
        await site.stop();
      });

      const told = (text) => bob.page.locator(".notice").getByText(text).first().waitFor();
      const link = async () => (await bob.page.locator(".notice pre").innerText()).trim();
      const someone = () => Person.at(browser, site, { javaScriptEnabled });

      test("clients are found and put in order", async () => {
        const { page } = bob;
        await bob.open("/console/provider/clients");
        await page.getByLabel("Id, name or external id has").fill("acme");
        await bob.press("Show");
        assert.equal(await page.locator("tbody tr").count(), 1);
        await bob.open("/console/provider/clients?order=first_seen");
        assert.equal(await page.getByLabel("Order").inputValue(), "first_seen");
      });

      test("policy, limits and retention are set, and what is wrong is said", async () => {
        const { page } = bob;
        await bob.open(ACME);
        await page.getByText("Change what is set").click();
        await page.getByLabel("Keys at most").fill("many");
        bob.expect(422);
        await bob.press("Save");
        await page.getByRole("alert").waitFor();
        await page.getByText("Change what is set").click();
        await page.getByLabel("Keys at most").fill("20");
        await page.getByLabel("A key lives at most").fill("90d");
        await page.getByLabel("its new keys need an end").check();
        await page.getByLabel("entries per day").fill("5000");
        await page.getByLabel("Logs are kept").fill("30d");
        await bob.press("Save");
        await told("Saved. Every server knows");
        const facts = await page.locator("dl.facts").first().innerText();
        for (const set of ["30d", "5,000 entries a day", "at most 90d", "20"]) assert.ok(facts.includes(set), facts);
        await page.getByText("Change what is set").click();
        await page.getByLabel("entries per day").fill("");
        await bob.press("Save");
        await page.locator("dt:text-is('Limits') + dd").getByText("none").waitFor();
      });

      test("a sign-in link lets one person in, once", async () => {
        const { page } = bob;
        await bob.open(ACME);
        await page.getByLabel("Who it is for").fill("Gina");
        await bob.press("Make a sign-in link");
        const url = await link();
        const gina = await someone();
        await gina.signIn(url);
        await gina.page.getByRole("heading", { name: "Workflows" }).waitFor();
        const late = await someone();
        await late.open(url, 410);
        await late.leave();
        await bob.open(ACME);
        await bob.follow(() => page.getByRole("row", { name: /Gina/ }).getByRole("button", { name: "End", exact: true }).click());
        await told("The session has ended. No server accepts it any more");
        gina.expect(401);
        await gina.page.goto(`${site.url}/console/workflows`);
        await gina.page.getByRole("heading", { name: "Sign in" }).waitFor();
        await gina.leave();
      });

      test("all people of a client are signed out", async () => {
        const [gina, hugo] = [await someone(), await someone()];
        await gina.signIn(await site.signInLink("acme_corp", "Gina"));
        await hugo.signIn(await site.signInLink("acme_corp", "Hugo"));
        const unused = await site.signInLink("acme_corp", "Ida");
        await bob.open(ACME);
        await bob.press("End all, and withdraw sign-in links");
        await told("2 sessions ended. No server accepts them any more");
        await bob.page.getByText("Nobody.").waitFor();
        for (const one of [gina, hugo]) {
          one.expect(401);
          await one.page.goto(`${site.url}/console/workflows`);
          await one.page.getByRole("heading", { name: "Sign in" }).waitFor();
        }
        await gina.open(unused, 410);
        await Promise.all([gina.leave(), hugo.leave()]);
      });

      test("the console is seen as the client sees it, for reading alone, and the client sees that", async () => {
        const alice = await someone();
        await alice.signIn(await site.signInLink("acme_corp"));
        await bob.open(ACME);
        await bob.press("See the console as acme_corp sees it");
        const { page } = bob;
        await page.getByText("You see this as acme_corp sees it").waitFor();
        await bob.press("Logs", "link");
        await page.getByText("You see this as acme_corp sees it").waitFor();
        await bob.open("/console/keys", 403);
        await alice.open("/console/sessions");
        await alice.page.getByRole("row", { name: /Bob.*of the provider/ }).waitFor();
        await bob.open("/console/logs");
        await bob.press("End it now");
        await alice.open("/console/sessions");
        assert.equal(await alice.page.getByText("of the provider").count(), 0);
        await alice.leave();
        // The own session goes on.
        await bob.open(ACME);
      });

      test("a reveal link with a passphrase is withdrawn, and another one gives a key", async () => {
        const { page } = bob;
        await bob.open(ACME);
        await page.getByLabel("Name of the key").fill("for the new plant");
        await page.getByLabel("Passphrase").fill("open sesame");
        await bob.press("Make a reveal link");
        const first = await link();
        await page.getByLabel("Passphrase").fill("open sesame");
        await bob.press("Make a reveal link");
        const second = await link();
        const gina = await someone();
        await gina.page.goto(first);
        await gina.page.getByLabel("Passphrase").waitFor();
        await bob.open("/console/provider/reveal-links");
        await bob.follow(() => page.getByRole("row", { name: /opened/ }).getByRole("button", { name: "Withdraw" }).click());
        await told("gives no key any more");
        await page.locator(".badge").getByText("withdrawn", { exact: true }).waitFor();
        await gina.open(first, 410);
        await gina.open(second);
        await gina.page.getByLabel("Passphrase").fill("sesame");
        gina.expect(403);
        await gina.press("Reveal the key");
        await gina.page.getByLabel("Passphrase").fill("open sesame");
        await gina.press("Reveal the key");
        await gina.page.getByText("cl_live_").first().waitFor();
        await gina.leave();
        await bob.open("/console/provider/reveal-links");
        assert.equal(await page.getByRole("button", { name: "Withdraw" }).count(), 0);
      });

      test("an alert is acknowledged", async () => {
        await bob.open("/console/provider/alerts");
        await bob.press("Acknowledge");
        await told("The alert is acknowledged");
      });

      test("the audit trail is searched by who, what, whom and when, and verified", async () => {
        const { page } = bob;
        await site.issue("widget_co", "--name", "the last");
        const rows = page.locator("tbody tr");
        const dids = async () => new Set(await page.locator("td[data-label=Did]").allInnerTexts());
        const trail = async (fields) => {
          await bob.open("/console/provider/audit");
          for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
        };
        await trail({ "Who has": "Bob" });
        await bob.press("Show");
        assert.ok((await rows.count()) >= 1);
        for (const who of await page.locator("td[data-label=Who]").allInnerTexts()) assert.match(who, /Bob/);
        await trail({ "Client has": "widget" });
        await page.getByLabel("Did").selectOption("issue");
        await bob.press("Show");
        assert.deepEqual([await rows.count(), [...(await dids())].map((did) => did.trim())], [2, ["issue"]]);
        const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 19);
        await trail({ From: tomorrow });
        await bob.press("Show");
        await page.getByText("No entry fits").waitFor();
        await trail({ To: tomorrow });
        await bob.press("Show");
        await rows.first().waitFor();
        assert.match(page.url(), /[?&]to=\d{4}-/);
        await bob.press("Verify the trail");
        await told("The trail is intact");
      });
    });
  }
}
