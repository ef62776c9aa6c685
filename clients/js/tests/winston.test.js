import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Client, WinstonTransport } from "../src/index.js";
import { startServer } from "./scripted-server.js";

const LEVEL = Symbol.for("level");

async function start(t, options = {}) {
  const server = await startServer(t);
  const transport = new WinstonTransport({ url: server.url, key: "key_of_a_test", ...options });
  const logger = Object.assign(new PassThrough({ objectMode: true }), {
    levels: { error: 0, info: 1, debug: 2 },
    level: "info",
  });
  logger.pipe(transport);
  const write = (level, members) => logger.write({ level: `\u001b[32m${level}`, [LEVEL]: level, ...members });
  const stored = async () => {
    logger.end();
    await once(transport, "finish");
    return server.stored();
  };
  return { write, stored };
}

test("a record becomes an entry, and the end delivers it", async (t) => {
  const { write, stored } = await start(t, { workflow: "w" });
  write("info", { message: "stored", rows: 41, id: 7 });
  const [{ event_id, executed_at, ...entry }] = await stored();
  assert.deepEqual(entry, {
    environment: "default",
    status: "INFO",
    workflow: "w",
    message: "stored",
    rows: 41,
    id_: 7,
  });
});

test("the levels of the logger and of the transport hold", async (t) => {
  const ofLogger = await start(t);
  for (const level of ["debug", "info", "error"]) ofLogger.write(level, { message: level });
  assert.deepEqual(
    (await ofLogger.stored()).map(({ message }) => message),
    ["info", "error"],
  );
  const own = await start(t, { level: "error" });
  for (const level of ["debug", "info", "error"]) own.write(level, { message: level });
  assert.deepEqual(
    (await own.stored()).map(({ message }) => message),
    ["error"],
  );
});

test("the end flushes a client that others may use, and does not close it", async (t) => {
  const server = await startServer(t);
  const client = new Client({ url: server.url, key: "key_of_a_test" });
  t.after(() => client.close(0));
  const transport = new WinstonTransport({ client });
  transport.end({ [LEVEL]: "info", message: "a" });
  await once(transport, "finish");
  assert.equal(server.stored().length, 1);
  assert.equal(client.log("b"), true);
});

test("exceptions are stored if asked, and a format changes or withholds a record", async (t) => {
  const without = await start(t);
  without.write("error", { message: "a", exception: true });
  assert.deepEqual(await without.stored(), []);
  const format = { transform: (info) => info.message !== "secret" && { ...info, message: `<${info.message}>` } };
  const all = await start(t, { handleExceptions: true, format });
  all.write("error", { message: "a", exception: true });
  all.write("info", { message: "secret" });
  assert.deepEqual(
    (await all.stored()).map(({ message }) => message),
    ["<a>"],
  );
});
