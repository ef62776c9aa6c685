// The whole story of the guide: from the first link of the provider to the end of a rotation.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Person, startBrowser } from "./browser.js";
import { look } from "./look.js";
import { databases, Site } from "./site.js";

const run = promisify(execFile);

for (const database of databases) {
  describe(database, () => {
    let browser, site;
    before(async () => {
      [browser, site] = await Promise.all([startBrowser(), Site.start(database)]);
    });
    after(async () => {
      await browser.close();
      await site.stop();
    });

    /** Sends an entry as people do who were told to use curl. */
    async function curl(key, message) {
      const entry = { environment: "production", executed_at: new Date().toISOString(), status: "SUCCESS", workflow: "hello", message };
      const headers = ["-H", `X-API-Key: ${key}`, "-H", "Content-Type: application/json"];
      const status = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"];
      return (await run("curl", [`${site.url}/api/v1/logs`, ...headers, ...status, "-d", JSON.stringify(entry)])).stdout;
    }

    test("a client gets a key, sends, watches, and rotates", async () => {
      const bob = await Person.at(browser, site);
      await bob.signIn(await site.providerLink());
      await bob.page.getByLabel("Client id").fill("globex");
      await bob.page.getByLabel("Name", { exact: true }).fill("Globex Corp.");
      await bob.press("Set up");
      await bob.open("/console/provider/clients/globex");
      await bob.page.getByLabel("Name of the key").fill("first key");
      await bob.press("Make a reveal link");
      const revealLink = (await bob.page.locator(".notice pre").innerText()).trim();
      if (database === "SQLite") await look(bob.page, "made-reveal-link");
      await bob.page.getByLabel("Who it is for").fill("Gina");
      for (const right of ["manage keys", "hand out keys that send logs"]) await bob.page.getByRole("checkbox", { name: right }).check();
      await bob.press("Make a sign-in link");
      const signInLink = (await bob.page.locator(".notice pre").innerText()).trim();

      const gina = await Person.at(browser, site);
      await gina.page.goto(revealLink);
      await gina.press("Reveal the key");
      const key = (await gina.page.locator("pre.key").innerText()).trim();
      assert.match(key, /^cl_live_/);
      await gina.signIn(signInLink);
      await gina.press("Logs", "link");
      await gina.page.getByText("No entries in this time").waitFor();
      await gina.use("Live");
      await gina.page.getByRole("status").getByText("Live", { exact: true }).waitFor();
      assert.equal(await curl(key, "the first entry"), "201");
      await gina.page.getByText("the first entry").first().waitFor();
      await gina.page.getByText("1 entry since it began").waitFor();
      if (database === "SQLite") await look(gina.page, "live");

      await gina.press("Keys", "link");
      await gina.press("first key", "link");
      const address = gina.page.url();
      await gina.press("Rotate");
      const successor = (await gina.page.locator("#api-key").innerText()).trim();
      assert.notEqual(successor, key);
      assert.equal(await curl(key, "by the old key"), "201");
      assert.equal(await curl(successor, "by the new key"), "201");
      await gina.open(address);
      await gina.page.getByRole("heading", { name: "Being replaced" }).waitFor();
      if (database === "SQLite") await look(gina.page, "rotating");
      await gina.press("Finish: end the old key");
      await gina.page.getByText("No server accepts it any more").waitFor();
      assert.equal(await curl(key, "too late"), "401");
      assert.equal(await curl(successor, "in time"), "201");
      await gina.page.goto(`${site.url}/console/logs`);
      await gina.page.getByText("in time").first().waitFor();
      await gina.leave();

      await bob.open("/console/provider/reveal-links");
      await bob.page.locator(".badge").getByText("revealed", { exact: true }).waitFor();
      await bob.press("Audit trail", "link");
      await bob.page.locator("[data-label=Who]").getByText("Gina").first().waitFor();
      await bob.leave();
    });
  });
}
