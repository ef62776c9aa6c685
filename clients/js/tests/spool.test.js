import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isGone, ownOwner } from "../src/owner.js";
import { encodeRecord } from "../src/record.js";
import { Spool } from "../src/spool.js";
import { makeFolder, segmentsIn } from "./folder.js";

const ALL = { maxEntries: 1000, maxBytes: 1024 * 1024 };
const HEADER = "central-logger-spool 1\n";
const NAMESPACE = ownOwner.split(".")[2];
const DEAD = `4194305.1.${NAMESPACE}`;
const ELSEWHERE = `1.1.1${NAMESPACE}`;

function open(folder, { now = Date.now, maxSpool = 1e9, fsync = false } = {}) {
  const seen = { reports: [], broken: 0 };
  const context = { now, report: (text) => seen.reports.push(text), onBroken: (count) => (seen.broken += count) };
  const spool = new Spool({ spoolDir: folder, fsync, maxSpool }, context);
  spool.open();
  return Object.assign(spool, { seen });
}

function leave(folder, owner, entries, { head = "0000000000000001-00000000000000aa", first = HEADER } = {}) {
  const file = path.join(folder, `${head}-${owner}.spool`);
  fs.writeFileSync(file, Buffer.concat([Buffer.from(first), ...entries.map(encodeRecord)]));
  return file;
}

function drain(spool) {
  const entries = [];
  for (let taken = spool.take(ALL); taken; taken = spool.take(ALL)) {
    entries.push(...taken.entries);
    taken.finish();
  }
  return entries;
}

/** Lets the disk be full: of what is written, a part fits, or nothing. */
function fillDisk(t, room = null) {
  const write = fs.writeSync;
  const writePart = (fd, bytes) => {
    if (room === null) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    return write(fd, bytes, 0, room);
  };
  return t.mock.method(fs, "writeSync", writePart).mock;
}

/** Lets no file be cut. */
function breakCuts(t) {
  const fail = () => {
    throw Object.assign(new Error("input/output error"), { code: "EIO" });
  };
  return t.mock.method(fs, "ftruncateSync", fail).mock;
}

test("an entry is in a file of its own process, that others cannot read", (t) => {
  const folder = path.join(makeFolder(t), "new");
  const spool = open(folder, { fsync: true });
  spool.add("{}");
  const [name] = segmentsIn(folder);
  assert.match(name, /^[0-9a-f]{16}-[0-9a-f]{16}-\d+\.\d+\.\d+\.spool$/);
  assert.ok(name.endsWith(`-${ownOwner}.spool`));
  assert.equal(fs.readFileSync(path.join(folder, name), "utf8"), `${HEADER}${encodeRecord("{}")}`);
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  assert.equal(fs.statSync(path.join(folder, name)).mode & 0o777, 0o600);
});

test("a segment is emptied once all is settled, and removed at the end", (t) => {
  const folder = makeFolder(t);
  const spool = open(folder);
  spool.add('{"n":1}');
  const taken = spool.take(ALL);
  spool.add('{"n":2}');
  taken.finish();
  assert.equal(spool.size, 1);
  assert.deepEqual(drain(spool), ['{"n":2}']);
  assert.equal(fs.readFileSync(path.join(folder, segmentsIn(folder)[0]), "utf8"), HEADER);
  assert.deepEqual([spool.size, spool.spooledBytes, spool.waiting], [0, 0, null]);
  spool.add('{"n":3}');
  assert.deepEqual(drain(spool), ['{"n":3}']);
  spool.release();
  assert.deepEqual(segmentsIn(folder), []);
});

test("a new segment begins at 1 MiB, and full ones are delivered in order and removed", (t) => {
  const folder = makeFolder(t);
  const spool = open(folder);
  const entries = Array.from({ length: 25 }, (_, n) => JSON.stringify({ n, text: "x".repeat(100_000) }));
  for (const entry of entries) spool.add(entry);
  assert.equal(segmentsIn(folder).length, 3);
  assert.deepEqual(drain(spool), entries);
  assert.equal(segmentsIn(folder).length, 1);
});

test("what is full takes no more, and keeps what it has", (t) => {
  const spool = open(makeFolder(t), { maxSpool: 40 });
  assert.deepEqual([spool.add('{"n":1}'), spool.add('{"n":2}'), spool.add('{"n":3}')], [true, true, false]);
  assert.deepEqual(drain(spool), ['{"n":1}', '{"n":2}']);
  assert.equal(spool.add('{"n":4}'), true);
});

test("a process takes over what a dead one left, before its own", (t) => {
  const folder = makeFolder(t);
  leave(folder, DEAD, ['{"n":1}', '{"n":2}']);
  const spool = open(folder);
  assert.equal(segmentsIn(folder)[0], `0000000000000001-00000000000000aa-${ownOwner}.spool`);
  spool.add('{"n":3}');
  assert.equal(spool.size, 3);
  assert.deepEqual(drain(spool), ['{"n":1}', '{"n":2}', '{"n":3}']);
});

test("a segment is left to an owner that lives, or may live elsewhere", (t) => {
  const folder = makeFolder(t);
  leave(folder, ownOwner, ['{"n":1}']);
  leave(folder, ELSEWHERE, ['{"n":2}']);
  const before = segmentsIn(folder);
  assert.deepEqual(drain(open(folder)), []);
  assert.deepEqual(segmentsIn(folder), before);
});

test("a segment that nobody touched for a minute is free", (t) => {
  const folder = makeFolder(t);
  const file = leave(folder, ELSEWHERE, ['{"n":1}']);
  fs.utimesSync(file, Date.now() / 1000 - 61, Date.now() / 1000 - 61);
  const spool = open(folder);
  assert.ok(Date.now() - fs.statSync(path.join(folder, segmentsIn(folder)[0])).mtimeMs < 10_000);
  assert.deepEqual(drain(spool), ['{"n":1}']);
});

test("a process with the number of an ended one does not own its segments", () => {
  const [pid, start, space] = ownOwner.split(".");
  assert.equal(isGone(ownOwner), false);
  assert.equal(isGone(`${pid}.${Number(start) + 1}.${space}`), start !== "0");
  assert.equal(isGone(`4194305.1.1${space}`), false);
  assert.equal(isGone(`0.1.${space}`), true);
});

test("what is left at the end is free for others at once", (t) => {
  const folder = makeFolder(t);
  const first = open(folder);
  first.add('{"n":1}');
  first.release();
  assert.deepEqual(drain(open(folder)), ['{"n":1}']);
});

test("a segment of a newer version stays and is reported", (t) => {
  const folder = makeFolder(t);
  const file = leave(folder, DEAD, ['{"n":1}'], { first: "central-logger-spool 2\n" });
  const before = fs.readFileSync(file);
  const spool = open(folder);
  assert.deepEqual(drain(spool), []);
  assert.match(spool.seen.reports.join(), /newer version/);
  assert.deepEqual(fs.readFileSync(file), before);
});

test("a segment without a whole first line is removed", (t) => {
  const folder = makeFolder(t);
  leave(folder, DEAD, [], { first: "central-log" });
  assert.deepEqual(drain(open(folder)), []);
  assert.deepEqual(segmentsIn(folder), []);
});

test("broken lines are counted and the rest is read", (t) => {
  const folder = makeFolder(t);
  const file = leave(folder, DEAD, ['{"n":1}']);
  fs.appendFileSync(file, `broken\n${encodeRecord('{"n":2}')}${encodeRecord('{"n":3}').subarray(0, 9)}`);
  const spool = open(folder);
  assert.deepEqual(drain(spool), ['{"n":1}', '{"n":2}']);
  assert.equal(spool.seen.broken, 1);
  assert.deepEqual(segmentsIn(folder), []);
});

test("an owner that was suspended writes again what another took", (t) => {
  const folder = makeFolder(t);
  let now = Date.now();
  const spool = open(folder, { now: () => now });
  spool.add('{"n":1}');
  const [name] = segmentsIn(folder);
  fs.renameSync(path.join(folder, name), path.join(folder, name.replace(ownOwner, ELSEWHERE)));
  now += 31_000;
  spool.add('{"n":2}');
  assert.equal(segmentsIn(folder).length, 2);
  assert.deepEqual(drain(spool), ['{"n":1}', '{"n":2}']);
});

test("a touch shows that the owner lives, and notices what another took", (t) => {
  const folder = makeFolder(t);
  const spool = open(folder);
  spool.add('{"n":1}');
  const file = path.join(folder, segmentsIn(folder)[0]);
  fs.utimesSync(file, 1, 1);
  spool.touch();
  assert.ok(Date.now() - fs.statSync(file).mtimeMs < 10_000);
  fs.rmSync(file);
  spool.touch();
  assert.deepEqual(drain(spool), ['{"n":1}']);
});

test("a folder that somebody removed is made again", (t) => {
  const folder = path.join(makeFolder(t), "spool");
  const spool = open(folder);
  spool.add('{"n":1}');
  fs.rmSync(folder, { recursive: true });
  spool.touch();
  spool.add('{"n":2}');
  assert.equal(segmentsIn(folder).length, 1);
  assert.deepEqual(drain(spool), ['{"n":1}', '{"n":2}']);
});

for (const [what, room] of [
  ["nothing", null],
  ["a part", 5],
]) {
  test(`a segment of whose first line ${what} fits the disk leaves no file, open or not`, (t) => {
    const folder = makeFolder(t);
    const spool = open(folder, { fsync: true });
    const opened = t.mock.method(fs, "openSync").mock;
    const closed = t.mock.method(fs, "closeSync").mock;
    const disk = fillDisk(t, room);
    for (let n = 0; n < 3; n += 1) assert.throws(() => spool.add("{}"), { code: "ENOSPC" });
    assert.deepEqual([opened.callCount(), closed.callCount()], [3, 3]);
    assert.deepEqual(segmentsIn(folder), []);
    disk.restore();
    spool.add('{"n":1}');
    assert.deepEqual(drain(spool), ['{"n":1}']);
  });
}

test("after a part of a record that cannot be cut off, the next record is in another segment", (t) => {
  const folder = makeFolder(t);
  const spool = open(folder);
  spool.add('{"n":1}');
  const faults = [fillDisk(t, 5), breakCuts(t)];
  assert.throws(() => spool.add('{"n":2}'), { code: "ENOSPC" });
  for (const fault of faults) fault.restore();
  spool.add('{"n":3}');
  assert.equal(segmentsIn(folder).length, 2);
  const isPassed = spool.mark();
  assert.deepEqual(drain(spool), ['{"n":1}', '{"n":3}']);
  assert.equal(isPassed(), true);
  assert.equal(spool.seen.broken, 0);
});

test("a segment with nothing but a part of a record is removed", (t) => {
  const folder = makeFolder(t);
  const spool = open(folder);
  spool.add('{"n":1}');
  drain(spool);
  const faults = [fillDisk(t, 5), breakCuts(t)];
  assert.throws(() => spool.add('{"n":2}'), { code: "ENOSPC" });
  for (const fault of faults) fault.restore();
  spool.add('{"n":3}');
  assert.equal(segmentsIn(folder).length, 1);
  assert.deepEqual(drain(spool), ['{"n":3}']);
  assert.equal(spool.mark()(), true);
});

test("a mark is passed once all before it is settled", (t) => {
  const folder = makeFolder(t);
  leave(folder, DEAD, ['{"n":0}']);
  const spool = open(folder);
  spool.add('{"n":1}');
  const isPassed = spool.mark();
  spool.take(ALL).finish();
  assert.equal(isPassed(), false);
  const taken = spool.take(ALL);
  spool.add('{"n":2}');
  taken.finish();
  assert.equal(isPassed(), true);
  assert.equal(spool.mark()(), false);
});
