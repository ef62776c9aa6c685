import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Losses } from "../src/losses.js";
import { MemoryQueue } from "../src/memory-queue.js";
import { Reports } from "../src/reports.js";
import { Sender } from "../src/sender.js";
import { Spool } from "../src/spool.js";
import { makeFolder } from "./folder.js";

const HOUR_S = 3600;
// Enough to fill each bound several times over.
const ENTRIES_A_SECOND = 10;
const TEXT = "x".repeat(200);

/** A clock that the test sets, with the timers that go by it. */
function setTime(t) {
  let now = 0;
  const timers = new Set();
  t.mock.method(globalThis, "setTimeout", (work, milliseconds) => {
    const timer = { work, at: now + milliseconds };
    timers.add(timer);
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer) => timers.delete(timer));
  const pass = async (milliseconds) => {
    now += milliseconds;
    for (const timer of [...timers].filter(({ at }) => at <= now)) {
      timers.delete(timer);
      timer.work();
    }
    // What the timers have begun goes on until it waits again.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { now: () => now, pass };
}

/** Logs for an hour in which the server is away, and two minutes more. Returns what became of it. */
async function playOutage(t, { queue, size }) {
  const time = setTime(t);
  const lines = [];
  const reports = new Reports((line) => lines.push(line), time.now);
  const losses = new Losses(reports);
  const counters = { delivered: 0, rejected: 0, retries: 0 };
  const attempts = [];
  const stored = [];
  const post = async (entries) => {
    attempts.push(time.now() / 1000);
    if (time.now() < HOUR_S * 1000) return { kind: "kept", report: "the server is away", wait: null };
    stored.push(...entries.map((entry) => JSON.parse(entry).n));
    return { kind: "delivered" };
  };
  const settings = { batchEntries: 500, batchBytes: 1_000_000, linger: 1 };
  const sender = new Sender(settings, {
    queue,
    post,
    reject: () => assert.fail("nothing is refused"),
    report: (text) => reports.report(text),
    reportLoss: (text) => losses.report(text),
    counters,
    now: time.now,
  });
  let logged = 0;
  let dropped = 0;
  let largest = 0;
  for (let second = 0; second < HOUR_S + 120; second += 1) {
    // The last minute is for what waits.
    for (let i = 0; i < ENTRIES_A_SECOND && second < HOUR_S + 60; i += 1) {
      if (!queue.add(JSON.stringify({ n: logged, text: TEXT }))) {
        dropped += 1;
        losses.report("an entry was dropped: there is no room");
      }
      logged += 1;
      sender.wake();
    }
    if (second < HOUR_S) largest = Math.max(largest, size());
    await time.pass(1000);
  }
  sender.stop();
  losses.reportAtEnd({ dropped, rejected: 0 }, { lost: 0, waiting: queue.size, advice: "" });
  return { logged, dropped, largest, attempts, stored, lines, delivered: counters.delivered };
}

function check({ logged, dropped, largest, attempts, stored, lines, delivered }, bound) {
  assert.ok(largest <= bound, `${largest} bytes`);
  assert.ok(logged * TEXT.length > 4 * bound);
  assert.deepEqual([delivered, delivered + dropped], [stored.length, logged]);
  assert.ok(
    stored.every((n, i) => i === 0 || n > stored[i - 1]),
    "the order is kept",
  );
  const kept = stored.findIndex((n, i) => n !== i);
  assert.ok(kept > 100, "what was first is kept");
  assert.ok(stored.at(-1) > HOUR_S * ENTRIES_A_SECOND, "what came after the outage is stored");
  // With waits of up to a minute, and of half of it on average.
  const inOutage = attempts.filter((at) => at < HOUR_S);
  assert.ok(inOutage.length >= 60 && inOutage.length <= 400, `${inOutage.length} attempts`);
  assert.ok(
    inOutage.every((at, i) => i === 0 || at - inOutage[i - 1] <= 62),
    "no wait is longer than a minute",
  );
  assert.ok(lines.length <= 64, `${lines.length} lines`);
  assert.match(lines.at(-1), new RegExp(`in total ${dropped} were dropped`));
}

test("an hour without a server stays within the bound of the memory", async (t) => {
  const bound = 500_000;
  const queue = new MemoryQueue({ maxMemory: bound });
  check(await playOutage(t, { queue, size: () => queue.size * TEXT.length }), bound);
});

test("an hour without a server stays within the bound of the spool", async (t) => {
  const bound = 1_500_000;
  const spoolDir = makeFolder(t);
  const queue = new Spool({ spoolDir, fsync: false, maxSpool: bound }, { report: assert.fail, onBroken: assert.fail });
  queue.open();
  const sizes = () => fs.readdirSync(spoolDir).map((name) => fs.statSync(path.join(spoolDir, name)).size);
  const outcome = await playOutage(t, { queue, size: () => sizes().reduce((sum, size) => sum + size, 0) });
  queue.release();
  // Each segment has a first line beside its records.
  check(outcome, bound + 200);
});
