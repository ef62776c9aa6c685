import assert from "node:assert/strict";
import { test } from "node:test";
import { EntryMaker, Refusal } from "../src/entry.js";
import { randomId } from "../src/random-id.js";
import { RisingClock } from "../src/rising-clock.js";

function make(given, settings = { environment: "default" }) {
  return JSON.parse(new EntryMaker(settings, { clock: new RisingClock(), randomId }).make(given));
}

test("an entry gets what it lacks", () => {
  const entry = make({ message: "hello", rows: 41 }, { environment: "test", workflow: "invoices" });
  assert.match(entry.event_id, /^[0-9a-f]{32}$/);
  assert.match(entry.executed_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  const { event_id, executed_at, ...rest } = entry;
  assert.deepEqual(rest, { environment: "test", status: "INFO", workflow: "invoices", message: "hello", rows: 41 });
});

test("an entry keeps what the caller gave", () => {
  const given = {
    event_id: "a",
    executed_at: "2025-01-01T00:00:00Z",
    environment: "e",
    status: "s",
    workflow: "w",
    message: "m",
  };
  assert.deepEqual(make(given), given);
});

test("members that are undefined or null count as missing", () => {
  const entry = make({ status: undefined, environment: null, event_id: null });
  assert.equal(entry.status, "INFO");
  assert.equal(entry.environment, "default");
  assert.match(entry.event_id, /^[0-9a-f]{32}$/);
});

test("a text is a message", () => {
  assert.equal(make("hello").message, "hello");
});

test("members that must be texts become texts", () => {
  const entry = make({ status: 200, message: { a: 1 }, executed_at: new Date(0) });
  assert.equal(entry.status, "200");
  assert.equal(entry.message, '{"a":1}');
  assert.equal(entry.executed_at, "1970-01-01T00:00:00.000Z");
});

test("a member that is an error tells what happened", () => {
  const { error, message } = make({ error: new TypeError("no such file"), message: new Error("as a message") });
  assert.deepEqual([error.type, error.text], ["TypeError", "no such file"]);
  assert.match(error.stack, /entry\.test\.js/);
  assert.match(message, /^Error: as a message\n/);
});

test("a message over 64 KiB is cut at a character", () => {
  const entry = make({ message: "a" + "ü".repeat(40_000) });
  assert.equal(Buffer.byteLength(entry.message), 65_535);
  assert.ok(entry.message.endsWith("ü"));
  assert.equal(entry.message_cut, true);
});

test("a message of 64 KiB is kept", () => {
  const entry = make({ message: "a".repeat(65_536) });
  assert.equal(entry.message.length, 65_536);
  assert.equal("message_cut" in entry, false);
});

test("what cannot be an entry is refused", () => {
  const cyclic = {};
  cyclic.self = cyclic;
  for (const given of [null, undefined, 5, [1], cyclic, { n: 1n }, { text: "x".repeat(256 * 1024) }]) {
    assert.throws(
      () => make(given),
      (error) => error instanceof Refusal,
    );
  }
});

test("characters that the server refuses are replaced, and their names are not", () => {
  const entry = make({ message: "a\u0000b\ud800c😀", text: "\\u0000 \\ud800" });
  assert.equal(entry.message, "a\ufffdb\ufffdc😀");
  assert.equal(entry.text, "\\u0000 \\ud800");
});
