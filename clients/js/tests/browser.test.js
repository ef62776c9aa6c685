import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { showPage } from "./page.js";
import { bodyOf, typeOf } from "./scripted-server.js";

/** Opens a page whose server gives these answers, a status or `{ status, body }`, and collects the requests. */
function openPage(t, answers = []) {
  const requests = [];
  const fetch = async (address, options) => {
    requests.push({ address: String(address), ...options });
    const answer = answers.shift() ?? 201;
    const { status, body: told } = typeof answer === "number" ? { status: answer } : answer;
    const body = told === undefined ? bodyOf(status, JSON.parse(options.body).length) : told;
    return new Response(JSON.stringify(body), { status, headers: typeOf(status) });
  };
  return { page: showPage(t, { address: "https://logs.example.com/page", fetch }), requests };
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
  assert.deepEqual(headers, { "Content-Type": "application/json" });
  const [{ event_id, executed_at, ...entry }] = JSON.parse(body);
  assert.match(event_id, /^[0-9a-f]{32}$/);
  assert.deepEqual(entry, { environment: "default", status: "INFO", workflow: "checkout", message: "hello" });
  assert.deepEqual(client.stats(), { queued: 0, delivered: 1, rejected: 0, dropped: 0, retries: 1 });
  assert.equal(await client.close(), true);
  assert.equal(client.log("late"), false);
});

test("a page sends entries as one array", async (t) => {
  const { requests } = openPage(t);
  const { Client } = await import("../src/browser.js");
  const client = new Client();
  for (const n of [1, 2, 3]) client.log({ n, text: "a\nb" });
  assert.equal(await client.close(5), true);
  assert.deepEqual(
    requests.map(({ body }) => JSON.parse(body).map(({ n }) => n)),
    [[1, 2, 3]],
  );
});

for (const [why, body, expected] of [
  ["another site", { type: "/docs/problems#cross-site" }, /^the server does not take this page .*LOGGER_PUBLIC_URL/],
  ["no scope", { type: "/docs/problems#scope", detail: "It needs x" }, /may not send logs \(403: It needs x\): s/],
  ["no reason", {}, /^the session of this page may not send logs \(403\): sign in/],
  ["no problem", null, /^the session of this page may not send logs \(403\): sign in/],
]) {
  test(`a page says why its session may not send: ${why}`, async (t) => {
    openPage(t, [{ status: 403, body }]);
    const { FetchPost } = await import("../src/fetch-post.js");
    const post = new FetchPost({ address: new URL("https://logs.example.com/api/v1/logs"), timeout: 5 });
    const { kind, report } = await post.post(["{}"]);
    assert.equal(kind, "kept");
    assert.match(report, expected);
  });
}

test("a page says at its end what is lost, also within a minute of another report", async (t) => {
  openPage(t, Array(20).fill(503));
  const { Client } = await import("../src/browser.js");
  const lines = [];
  t.mock.method(console, "warn", (line) => lines.push(line));
  const client = new Client();
  client.log("one");
  client.log("two");
  assert.equal(await client.close(0.1), false);
  assert.match(lines.at(-1), /^central-logger: 2 entries were dropped at the end: .*in total 2 were dropped/);
  assert.equal(client.stats().dropped, 2);
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
