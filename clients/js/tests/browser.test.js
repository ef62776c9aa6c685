import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import fs from "node:fs";
import { test } from "node:test";

/** Gives this process what a page has, and collects the requests. */
function openPage(t, answers = []) {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const requests = [];
  const fetch = async (address, options) => {
    requests.push({ address: String(address), ...options });
    return new Response("{}", { status: answers.shift() ?? 201 });
  };
  const globals = { document: page, location: new URL("https://logs.example.com/page"), fetch, crypto: webcrypto };
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  }
  return { page, requests };
}

test("a page sends entries by its session", async (t) => {
  const { requests } = openPage(t, [401]);
  const { Client } = await import("../src/browser.js");
  t.mock.method(console, "warn", (line) => assert.match(line, /^central-logger: nobody is signed in/));
  const client = new Client({ workflow: "checkout" });
  assert.equal(client.log("hello"), true);
  assert.equal(await client.flush(5), true);
  const [{ address, credentials, keepalive, redirect, headers, body }] = requests;
  assert.equal(address, "https://logs.example.com/api/v1/logs");
  assert.deepEqual([credentials, keepalive, redirect], ["same-origin", true, "error"]);
  assert.deepEqual(headers, { "Content-Type": "application/x-ndjson" });
  const { event_id, executed_at, ...entry } = JSON.parse(body);
  assert.match(event_id, /^[0-9a-f]{32}$/);
  assert.deepEqual(entry, { environment: "default", status: "INFO", workflow: "checkout", message: "hello" });
  assert.deepEqual(client.stats(), { queued: 0, delivered: 1, rejected: 0, dropped: 0, retries: 1 });
  assert.equal(await client.close(), true);
  assert.equal(client.log("late"), false);
});

test("a page that is hidden sends at once", async (t) => {
  const { page, requests } = openPage(t);
  const { Client } = await import("../src/browser.js");
  const client = new Client({ linger: 3600 });
  client.log("bye");
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  await client.close(5);
  assert.equal(requests.length, 1);
});

test("an entry that may not outlive its page is sent all the same", async (t) => {
  const { requests } = openPage(t);
  const { Client } = await import("../src/browser.js");
  const client = new Client();
  client.log({ text: "x".repeat(70_000) });
  assert.equal(await client.close(5), true);
  assert.equal(requests[0].keepalive, false);
});

test("the code for pages needs nothing of Node", async () => {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const [, name] of fs.readFileSync(file, "utf8").matchAll(/^import .* from "(.*)";$/gm)) {
      assert.ok(name.startsWith("./"), `${file} imports ${name}`);
      visit(new URL(name, file));
    }
  };
  visit(new URL("../src/browser.js", import.meta.url));
  assert.ok(seen.size > 5);
});

test("a page has no key and no other origin", async (t) => {
  openPage(t);
  const { Client } = await import("../src/browser.js");
  for (const options of [{ key: "k" }, { keyFile: "f" }])
    assert.throws(() => new Client(options), /let people sign in/);
  assert.throws(
    () => new Client({ url: "https://elsewhere.example.com/api/v1/logs" }),
    /own https:\/\/logs.example.com/,
  );
});
