import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, workflow } from "../src/index.js";
import { startServer } from "./scripted-server.js";

async function start(t) {
  const server = await startServer(t);
  const client = new Client({ url: server.url, key: "key_of_a_test", workflow: "other" });
  t.after(() => client.close(0));
  const stored = async () => {
    assert.equal(await client.flush(5), true);
    return server.stored();
  };
  return { client, stored };
}

function members(entries, ...names) {
  return entries.map((entry) => names.map((name) => entry[name]));
}

test("a run is stored with its beginning, its entries and its end", async (t) => {
  const { client, stored } = await start(t);
  const result = workflow(
    "invoices",
    (run) => {
      run.log("by the run");
      client.log("by the client");
      return 41;
    },
    { client },
  );
  client.log("after");
  assert.equal(result, 41);
  const entries = await stored();
  assert.deepEqual(members(entries, "workflow", "status", "message"), [
    ["invoices", "RUNNING", undefined],
    ["invoices", "INFO", "by the run"],
    ["invoices", "INFO", "by the client"],
    ["invoices", "SUCCESS", undefined],
    ["other", "INFO", "after"],
  ]);
  assert.match(entries[0].run_id, /^[0-9a-f]{32}$/);
  assert.equal(new Set(entries.slice(0, 4).map(({ run_id }) => run_id)).size, 1);
  assert.equal(entries[4].run_id, undefined);
  assert.ok(Number.isInteger(entries[3].duration_ms));
});

test("a run that throws is stored as failed, and throws on", async (t) => {
  const { client, stored } = await start(t);
  const fault = new TypeError("no such file");
  assert.throws(
    () =>
      client.workflow("a", () => {
        throw fault;
      }),
    fault,
  );
  await assert.rejects(
    client.workflow("b", async () => {
      throw "text";
    }),
    (thrown) => thrown === "text",
  );
  const ends = (await stored()).filter(({ status }) => status === "FAILED");
  assert.deepEqual(members(ends, "workflow", "error"), [
    ["a", { type: "TypeError", text: "no such file" }],
    ["b", { type: "string", text: "text" }],
  ]);
});

test("runs that overlap do not mix", async (t) => {
  const { client, stored } = await start(t);
  const work = async (run) => {
    await new Promise((resolve) => setImmediate(resolve));
    client.log({ expected: run.id });
  };
  await Promise.all([client.workflow("a", work), client.workflow("b", work)]);
  const within = (await stored()).filter(({ expected }) => expected);
  assert.equal(within.length, 2);
  for (const { expected, run_id } of within) assert.equal(run_id, expected);
});
