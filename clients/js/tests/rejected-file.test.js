import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { keepRejected } from "../src/rejected-file.js";
import { makeFolder } from "./folder.js";

const REJECTED = { entry: '{"n":1}', status: 422, detail: "too odd" };
const LIMIT = 10 * 1024 * 1024;

test("an entry that was refused is kept, and its file is named", (t) => {
  const folder = makeFolder(t);
  const file = path.join(folder, "rejected.ndjson");
  assert.equal(keepRejected(folder, REJECTED), `it is in ${file}`);
  const { rejected_at, ...rest } = JSON.parse(fs.readFileSync(file, "utf8"));
  assert.ok(Date.parse(rejected_at) > 0);
  assert.deepEqual(rest, { status: 422, detail: "too odd", entry: { n: 1 } });
});

test("an entry for which the file has no room is said to be lost", (t) => {
  const folder = makeFolder(t);
  const file = path.join(folder, "rejected.ndjson");
  fs.writeFileSync(file, "");
  fs.truncateSync(file, LIMIT - 10);
  assert.match(keepRejected(folder, REJECTED), /^it is lost, for there is no room in .*rejected\.ndjson: move/);
  assert.equal(fs.statSync(file).size, LIMIT - 10);
});

test("an entry that cannot be written is said to be lost", (t) => {
  const folder = makeFolder(t);
  fs.mkdirSync(path.join(folder, "rejected.ndjson"));
  assert.match(keepRejected(folder, REJECTED), /^it is lost, for .*rejected\.ndjson cannot be written: /);
});

test("an entry of which the disk takes a part only is said to be lost", (t) => {
  t.mock.method(fs, "writeSync", () => 3);
  assert.match(keepRejected(makeFolder(t), REJECTED), /^it is lost/);
});
