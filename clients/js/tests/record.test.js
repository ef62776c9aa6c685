import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { crc32ByTable } from "../src/crc32.js";
import { decodeRecords, encodeRecord } from "../src/record.js";

const ALL = { isEndOfFile: true, maxEntries: 1000, maxBytes: 1e6 };

test("the checksum is that of zlib", () => {
  assert.equal(crc32ByTable(Buffer.from("123456789")), 0xcbf43926);
  if (zlib.crc32) assert.equal(crc32ByTable(Buffer.from("ü€😀")), zlib.crc32(Buffer.from("ü€😀")));
});

test("a record is a checksum, a blank and the entry", () => {
  assert.equal(encodeRecord("123456789").toString(), "cbf43926 123456789\n");
  const bytes = Buffer.concat([encodeRecord('{"a":"ü"}'), encodeRecord("{}")]);
  assert.deepEqual(decodeRecords(bytes, ALL), { entries: ['{"a":"ü"}', "{}"], length: bytes.length, broken: 0 });
});

test("the limits hold, and one entry is always read", () => {
  const bytes = Buffer.concat([encodeRecord('{"n":1}'), encodeRecord('{"n":2}'), encodeRecord('{"n":3}')]);
  assert.equal(decodeRecords(bytes, { ...ALL, maxEntries: 2 }).entries.length, 2);
  assert.deepEqual(decodeRecords(bytes, { ...ALL, maxBytes: 1 }).entries, ['{"n":1}']);
  assert.equal(decodeRecords(bytes, { ...ALL, maxBytes: 1 }).length, bytes.length / 3);
});

test("a last line that a crash cut is passed over", () => {
  const whole = encodeRecord('{"n":1}');
  const others = [encodeRecord('{"n":2}').subarray(0, 12), Buffer.from("00000000 {}\n"), Buffer.from("\n")];
  for (const rest of others) {
    const bytes = Buffer.concat([whole, rest]);
    assert.deepEqual(decodeRecords(bytes, ALL), { entries: ['{"n":1}'], length: bytes.length, broken: 0 });
  }
});

test("a broken line before others is counted, and the others are read", () => {
  const bytes = Buffer.concat([Buffer.from("00000000 {}\nx\n"), encodeRecord('{"n":2}')]);
  assert.deepEqual(decodeRecords(bytes, ALL), { entries: ['{"n":2}'], length: bytes.length, broken: 2 });
});

test("a line that goes on behind what was read is left", () => {
  const bytes = Buffer.concat([encodeRecord('{"n":1}'), encodeRecord('{"n":2}').subarray(0, 5)]);
  const found = decodeRecords(bytes, { ...ALL, isEndOfFile: false });
  assert.deepEqual(found, { entries: ['{"n":1}'], length: bytes.length - 5, broken: 0 });
});
