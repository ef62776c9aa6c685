// What Mozilla's observatory asks of a site, and what ours promises: on every page, error and file.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { promisify } from "node:util";
import { Person, startBrowser } from "./browser.js";
import { company } from "./company.js";
import { crawl } from "./crawl.js";
import { Site } from "./site.js";

const run = promisify(execFile);

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** What is wrong with the headers of an answer. */
function faults(response, isSecure) {
  const headers = response.headers();
  const type = headers["content-type"] ?? "";
  const wrong = [];
  const need = (name, pattern) => {
    if (!pattern.test(headers[name] ?? "")) wrong.push(`${name}: ${headers[name]}`);
  };
  need("x-content-type-options", /^nosniff$/);
  if (isSecure) need("strict-transport-security", /max-age=(\d{8,})/);
  if (headers["access-control-allow-origin"]) wrong.push("another site may read it");
  if (headers.server || headers["x-powered-by"]) wrong.push("it tells what it runs on");
  if (type.includes("html")) {
    need("content-type", /charset=utf-8/i);
    need("referrer-policy", /^(same-origin|no-referrer)$/);
    need("x-frame-options", /^DENY$/);
    need("cross-origin-opener-policy", /^same-origin$/);
    need("cross-origin-resource-policy", /^same-origin$/);
    need("cache-control", /no-store/);
    for (const part of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action "])
      need("content-security-policy", new RegExp(part));
    if (/unsafe-|\*|https?:/.test(headers["content-security-policy"])) wrong.push(headers["content-security-policy"]);
    if (/script-src/.test(headers["content-security-policy"])) {
      need("content-security-policy", /require-trusted-types-for 'script'; trusted-types 'none'/);
    }
  }
  return wrong.map((fault) => `${response.status()} ${new URL(response.url()).pathname}: ${fault}`);
}

async function visitAll(site, settings, isSecure) {
  const answers = [];
  for (const [link, first] of [
    [await site.signInLink("acme_corp"), "/console/workflows"],
    [await site.providerLink(), "/console/provider"],
  ]) {
    const person = await Person.at(browser, site, settings);
    person.page.on("response", (response) => answers.push(response));
    await person.signIn(link);
    await crawl(person, first, async () => {});
    for (const path of ["nothing", "logs/none", "keys/none", "provider/clients/NONE"]) {
      person.expected.push("status of 40");
      await person.page.goto(`${site.url}/console/${path}`);
    }
    const cookies = await person.context.cookies();
    for (const cookie of cookies) {
      assert.ok(cookie.httpOnly && cookie.sameSite === "Strict" && cookie.path === "/", JSON.stringify(cookie));
      if (isSecure) assert.ok(cookie.secure && cookie.name.startsWith("__Host-"), JSON.stringify(cookie));
    }
    assert.ok(cookies.length > 0);
    await person.leave();
  }
  assert.ok(answers.length > 25, String(answers.length));
  assert.deepEqual([...new Set(answers.flatMap((answer) => faults(answer, isSecure)))], []);
}

let site;
afterEach(() => site.stop());

test("over HTTP on the machine itself", async () => {
  site = await Site.start();
  await company(site);
  await visitAll(site, {}, false);
});

test("over HTTPS", async () => {
  site = new Site();
  await site.prepare("SQLite");
  const [certificate, key] = ["tls.crt", "tls.key"].map((name) => join(site.directory, name));
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-out", certificate, "-keyout", key, ...subject]);
  await site.serve(["--tls-cert", certificate, "--tls-key", key]);
  await site.manager("acme_corp");
  await visitAll(site, { ignoreHTTPSErrors: true }, true);
});
