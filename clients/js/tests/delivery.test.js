import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Client } from "../src/index.js";
import { makeFolder, segmentsIn } from "./folder.js";
import { startServer } from "./scripted-server.js";

const NEVER = 3600;

async function start(t, answers, options = {}) {
  const server = await startServer(t, answers);
  const client = new Client({ url: server.url, key: "key_of_a_test", linger: NEVER, timeout: 5, ...options });
  t.after(() => client.close(0));
  return { server, client };
}

function log(client, count, members = {}) {
  for (let n = 0; n < count; n += 1) assert.equal(client.log({ n, ...members }), true);
}

function numbers(entries) {
  return entries.map(({ n }) => n);
}

for (const where of ["memory", "spool"]) {
  const options = (t) => (where === "spool" ? { spoolDir: makeFolder(t) } : {});

  test(`${where}: a request is as the server wants it`, async (t) => {
    const { server, client } = await start(t, [], options(t));
    log(client, 2);
    assert.equal(await client.flush(5), true);
    const [{ method, path: target, headers, entries }] = server.requests;
    assert.deepEqual([method, target], ["POST", "/api/v1/logs"]);
    assert.equal(headers["content-type"], "application/x-ndjson");
    assert.equal(headers["x-api-key"], "key_of_a_test");
    assert.match(headers["user-agent"], /^central-logger-js\/\d+\.\d+\.\d+$/);
    assert.equal(headers["content-encoding"], undefined);
    assert.deepEqual(numbers(entries), [0, 1]);
    assert.deepEqual(client.stats(), { queued: 0, delivered: 2, rejected: 0, dropped: 0, retries: 0, spooledBytes: 0 });
  });

  test(`${where}: batches are bounded and in order`, async (t) => {
    const { server, client } = await start(t, [], { ...options(t), batchEntries: 10 });
    log(client, 25, { message: "x".repeat(200) });
    assert.equal(await client.flush(5), true);
    assert.deepEqual(
      server.requests.map(({ entries }) => entries.length),
      [10, 10, 5],
    );
    assert.deepEqual(numbers(server.stored()), [...Array(25).keys()]);
  });

  // Both lead to the server, but nothing says of the last that it is on this machine.
  for (const [host, encoding] of [
    ["127.0.0.1", undefined],
    ["0.0.0.0", "gzip"],
  ]) {
    test(`${where}: bodies to ${host} are ${encoding ?? "plain"}`, async (t) => {
      const server = await startServer(t);
      const url = server.url.replace("127.0.0.1", host);
      const client = new Client({ url, key: "key_of_a_test", linger: NEVER, timeout: 5, ...options(t) });
      t.after(() => client.close(0));
      log(client, 25, { message: "x".repeat(200) });
      assert.equal(await client.flush(5), true);
      assert.equal(server.requests[0].headers["content-encoding"], encoding);
      assert.deepEqual(numbers(server.stored()), [...Array(25).keys()]);
    });
  }

  test(`${where}: what gets no clear answer is sent again with the same ids`, async (t) => {
    const again = ["cut", 503, 401, 403, 404, { status: 302, headers: { location: "/elsewhere" } }];
    const { server, client } = await start(
      t,
      again.map((answer) => withoutWait(answer)),
      options(t),
    );
    log(client, 1);
    assert.equal(await client.flush(5), true);
    assert.equal(server.requests.length, 7);
    assert.equal(new Set(server.stored().map(({ event_id }) => event_id)).size, 1);
    assert.equal(client.stats().retries, 6);
  });

  test(`${where}: a flush does not wait for the retry, and ends in time`, async (t) => {
    const { client } = await start(t, [{ status: 503, headers: { "retry-after": "1000" } }], options(t));
    log(client, 1);
    assert.equal(await client.flush(0.3), false);
    assert.equal(await client.flush(5), true);
  });

  test(`${where}: a batch that is refused is halved until the bad entry is alone`, async (t) => {
    const judge = ({ entries }) => (entries.some(({ n }) => n === 2) ? 400 : 201);
    const { server, client } = await start(t, Array(20).fill(judge), options(t));
    log(client, 5);
    assert.equal(await client.flush(5), true);
    assert.deepEqual(
      server.requests.map(({ entries }) => numbers(entries)),
      [[0, 1, 2, 3, 4], [0, 1, 2], [0, 1], [2], [3, 4]],
    );
    assert.equal(client.stats().rejected, 1);
    assert.equal(client.stats().delivered, 4);
  });

  test(`${where}: entries that the server names are set aside, and the rest is sent at once`, async (t) => {
    const refusal = {
      status: 422,
      body: {
        errors: [
          { index: 0, field: "status", message: "is bad" },
          { index: 2, message: "no" },
        ],
      },
    };
    const { server, client } = await start(t, [refusal], options(t));
    log(client, 4);
    assert.equal(await client.flush(5), true);
    assert.deepEqual(
      server.requests.map(({ entries }) => numbers(entries)),
      [
        [0, 1, 2, 3],
        [1, 3],
      ],
    );
    assert.deepEqual([client.stats().rejected, client.stats().delivered], [2, 2]);
  });

  test(`${where}: a full batch and an old one are sent without a flush`, async (t) => {
    const full = await start(t, [], { ...options(t), batchEntries: 3 });
    log(full.client, 3);
    await until(() => full.client.stats().delivered === 3);
    const old = await start(t, [], { ...options(t), linger: 0.05 });
    log(old.client, 1);
    await until(() => old.client.stats().delivered === 1);
  });

  test(`${where}: after close, entries are dropped and counted`, async (t) => {
    const { client } = await start(t, [], options(t));
    assert.equal(await client.close(5), true);
    assert.equal(client.log("late"), false);
    assert.equal(client.stats().dropped, 1);
    assert.equal(await client.close(), true);
  });
}

test("a key file may change between requests", async (t) => {
  const keyFile = path.join(makeFolder(t), "key");
  fs.writeFileSync(keyFile, "first");
  const { server, client } = await start(t, [], { key: undefined, keyFile });
  log(client, 1);
  await client.flush(5);
  fs.writeFileSync(keyFile, "the second\n".replace(" ", "_"));
  log(client, 1);
  await client.flush(5);
  assert.deepEqual(
    server.requests.map(({ headers }) => headers["x-api-key"]),
    ["first", "the_second"],
  );
});

test("memory that is full takes no more, and keeps what it has", async (t) => {
  const { server, client } = await start(t, [], { maxMemory: 1000 });
  const taken = Array.from({ length: 20 }, (_, n) => client.log({ n })).filter(Boolean).length;
  assert.ok(taken > 2 && taken < 8);
  assert.equal(await client.flush(5), true);
  assert.deepEqual(numbers(server.stored()), [...Array(taken).keys()]);
  assert.deepEqual([client.stats().delivered, client.stats().dropped], [taken, 20 - taken]);
});

test("without a spool, what is left at close is counted as dropped", async (t) => {
  const { client } = await start(t, Array(9).fill({ status: 503, headers: { "retry-after": "9" } }));
  log(client, 3);
  assert.equal(await client.close(0.1), false);
  assert.deepEqual([client.stats().dropped, client.stats().queued], [3, 0]);
});

test("with a spool, what is left at close goes to the next client", async (t) => {
  const spoolDir = makeFolder(t);
  const first = await start(t, Array(9).fill({ status: 503, headers: { "retry-after": "9" } }), { spoolDir });
  log(first.client, 3);
  assert.equal(await first.client.close(0.1), false);
  assert.equal(first.client.stats().dropped, 0);
  const second = await start(t, [], { spoolDir });
  assert.equal(await second.client.flush(5), true);
  assert.deepEqual(second.server.stored(), first.server.requests[0].entries);
  await second.client.close();
  assert.deepEqual(segmentsIn(spoolDir), []);
});

test("with a spool, an entry that is refused is kept in a file", async (t) => {
  const spoolDir = makeFolder(t);
  const { client } = await start(t, [{ status: 422, body: { detail: "too odd" } }], { spoolDir });
  log(client, 1);
  assert.equal(await client.flush(5), true);
  const { rejected_at, entry, ...rest } = JSON.parse(fs.readFileSync(path.join(spoolDir, "rejected.ndjson"), "utf8"));
  assert.ok(Date.parse(rejected_at) > 0);
  assert.equal(entry.n, 0);
  assert.deepEqual(rest, { status: 422, detail: "too odd" });
});

test("a spool that cannot be used leaves the entries in memory", async (t) => {
  const file = path.join(makeFolder(t), "file");
  fs.writeFileSync(file, "");
  const { server, client } = await start(t, [], { spoolDir: file });
  log(client, 2);
  assert.equal(await client.flush(5), true);
  assert.equal(server.stored().length, 2);
});

test("nothing that is no entry makes a call throw", async (t) => {
  const { client } = await start(t, []);
  for (const given of [undefined, null, 1n, { n: 1n }, { text: "x".repeat(300_000) }])
    assert.equal(client.log(given), false);
  assert.equal(client.stats().dropped, 5);
});

// A wish of 0 s keeps the test short.
function withoutWait(answer) {
  if (answer === "cut") return answer;
  const { status, headers } = typeof answer === "number" ? { status: answer, headers: {} } : answer;
  return { status, headers: { ...headers, "retry-after": "0" } };
}

async function until(isDone) {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5));
}
