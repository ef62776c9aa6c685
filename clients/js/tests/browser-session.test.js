import assert from "node:assert/strict";
import { test } from "node:test";
import { showPage } from "./page.js";
import { needsRealServer, startRealServer } from "./real-server.js";

/** Signs in, and opens a page of the server in a browser that sends these headers beside the cookie of the session. */
async function openPage(t, { url, key }, headers) {
  const browser = globalThis.fetch;
  const begun = await browser(`${url}/api/v1/sessions`, { method: "POST", headers: { "X-API-Key": key } });
  assert.equal(begun.status, 201, await begun.text());
  const [cookie] = begun.headers.get("set-cookie").split(";");
  const fetch = (address, options) =>
    browser(address, { ...options, headers: { ...options.headers, ...headers, Cookie: cookie } });
  showPage(t, { address: `${url}/console/logs`, fetch });
  const { Client } = await import("../src/browser.js");
  return new Client({ workflow: "page" });
}

/** What the server has stored of the page. */
async function stored({ url, key }) {
  const address = `${url}/api/v1/logs?workflow=page&order=asc`;
  const answer = await globalThis.fetch(address, { headers: { "X-API-Key": key } });
  assert.equal(answer.status, 200);
  return (await answer.json()).logs;
}

test("a server stores what its own page sends, and nothing of another page", needsRealServer, async (t) => {
  const server = await startRealServer(t);
  const lines = [];
  t.mock.method(console, "warn", (line) => lines.push(line));

  await t.test("its own page", async (t) => {
    const client = await openPage(t, server, { "Sec-Fetch-Site": "same-origin", Origin: server.url });
    client.log("one");
    client.log({ message: "two", status: "ERROR", rows: 41 });
    // Too large to outlive the page.
    client.log({ message: "three", text: "x".repeat(70_000) });
    assert.equal(await client.close(30), true, lines.join());
    assert.deepEqual(client.stats(), { queued: 0, delivered: 3, rejected: 0, dropped: 0, retries: 0 });
    assert.deepEqual(lines, []);
  });
  const found = (await stored(server)).map(({ message, status, rows }) => [message, status, rows]);
  assert.deepEqual(found, [
    ["one", "INFO", undefined],
    ["two", "ERROR", 41],
    ["three", "INFO", undefined],
  ]);

  await t.test("an entry that the server refuses does not keep the others", async (t) => {
    const client = await openPage(t, server, { "Sec-Fetch-Site": "same-origin", Origin: server.url });
    client.log({ message: "bad", id: 7 });
    client.log("four");
    assert.equal(await client.close(30), true, lines.join());
    assert.equal(client.stats().rejected, 1);
    assert.match(lines[0], /refused an entry \(422: .*; it is lost, for a page has no place to keep it$/);
  });
  assert.equal((await stored(server)).at(-1).message, "four");

  await t.test("a page of another site", async (t) => {
    const client = await openPage(t, server, { "Sec-Fetch-Site": "cross-site", Origin: "https://example.com" });
    client.log("five");
    assert.equal(await client.flush(1), false);
    await client.close(0);
    assert.match(lines.at(-1), /^central-logger: 1 entries were dropped at the end/);
  });
  assert.equal((await stored(server)).length, 4);
});
