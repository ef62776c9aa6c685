import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import pinoTransport from "../src/pino.js";
import { entryOfLine } from "../src/pino-line.js";
import { startServer } from "./scripted-server.js";

test("a line becomes an entry", () => {
  const line = { level: 50, time: 4102444800123, pid: 7, msg: "bad", err: { type: "Error" }, id: 5, workflow: "w" };
  assert.deepEqual(entryOfLine(JSON.stringify(line)), {
    status: "ERROR",
    message: "bad",
    executed_at: "2100-01-01T00:00:00.123000Z",
    pid: 7,
    err: { type: "Error" },
    id_: 5,
    workflow: "w",
  });
  assert.equal(entryOfLine(JSON.stringify(line)).executed_at, "2100-01-01T00:00:00.123001Z");
});

test("levels have the names of pino", () => {
  const statusOf = (level) => entryOfLine(JSON.stringify({ level })).status;
  assert.deepEqual([10, 20, 30, 35, 40, 50, 60, 70].map(statusOf), [
    "TRACE",
    "DEBUG",
    "INFO",
    "INFO",
    "WARN",
    "ERROR",
    "FATAL",
    "FATAL",
  ]);
  assert.equal(statusOf("notice"), "NOTICE");
  assert.equal(statusOf(undefined), "INFO");
});

test("a line that is no object is a message", () => {
  for (const line of ["not JSON", "[1]", "null", "5"]) assert.equal(entryOfLine(line), line);
});

test("the transport takes lines in pieces and delivers at its end", async (t) => {
  const server = await startServer(t);
  const stream = pinoTransport({ url: server.url, key: "key_of_a_test" });
  const bytes = Buffer.from('{"level":30,"msg":"ä"}\n{"level":40,"msg":"b"}\n\n{"level":30,"msg":"without end"}');
  for (const byte of bytes) stream.write(Buffer.from([byte]));
  assert.equal(await stream.flush(), true);
  stream.end();
  await once(stream, "close");
  const found = server.stored().map(({ message, status }) => [message, status]);
  assert.deepEqual(found, [
    ["ä", "INFO"],
    ["b", "WARN"],
    ["without end", "INFO"],
  ]);
});
