import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { makeFolder, segmentsIn } from "./folder.js";
import { startServer } from "./scripted-server.js";

const INDEX = new URL("../src/index.js", import.meta.url).href;
const AWAY = "http://127.0.0.1:1";

/** Runs a program in a process of its own. */
async function run(code, { url, options = {} }) {
  const program = `import { Client, workflow } from ${JSON.stringify(INDEX)};
    const client = new Client(${JSON.stringify(options)});
    ${code}`;
  const env = { ...process.env, LOGGER_API_URL: url, LOGGER_API_KEY: "key_of_a_test" };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { env });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  const [code_, signal] = await once(child, "close");
  return { code: code_, signal, lines: errors.split("\n").filter(Boolean) };
}

test("a process that ends by itself delivers first", async (t) => {
  const server = await startServer(t, [503]);
  const { code, lines } = await run("client.log({ n: 1 });", { url: server.url });
  assert.equal(code, 0);
  assert.equal(server.stored().at(-1).n, 1);
  assert.equal(lines.length, 1);
});

test("an idle client does not keep a process alive, and has nothing to say", async (t) => {
  const server = await startServer(t);
  const { code, lines } = await run("", { url: server.url, options: { spoolDir: makeFolder(t) } });
  assert.deepEqual([code, lines, server.requests.length], [0, [], 0]);
});

test("a silent server does not keep a process for longer than the shutdown may take", async (t) => {
  const server = await startServer(t, ["silence", "silence"]);
  const options = { shutdownTimeout: 0.2, linger: 0 };
  const { code } = await run("client.log('a'); setTimeout(() => {}, 100);", { url: server.url, options });
  assert.equal(code, 0);
});

test("a spool keeps what a killed process logged", async (t) => {
  const spoolDir = makeFolder(t);
  const code = "for (let n = 0; n < 500; n += 1) client.log({ n }); process.kill(process.pid, 'SIGKILL');";
  const killed = await run(code, { url: AWAY, options: { spoolDir } });
  assert.equal(killed.signal, "SIGKILL");
  const server = await startServer(t);
  await run("client.log({ n: 500 });", { url: server.url, options: { spoolDir } });
  assert.deepEqual(
    server.stored().map(({ n }) => n),
    [...Array(501).keys()],
  );
  assert.deepEqual(segmentsIn(spoolDir), []);
});

test("a spool keeps what is left at process.exit()", async (t) => {
  const spoolDir = makeFolder(t);
  const { code } = await run("client.log({ n: 1 }); process.exit(3);", { url: AWAY, options: { spoolDir } });
  assert.equal(code, 3);
  const server = await startServer(t);
  await run("", { url: server.url, options: { spoolDir } });
  assert.deepEqual(
    server.stored().map(({ n }) => n),
    [1],
  );
});

test("a worker delivers before it ends, and its process goes on", async (t) => {
  const server = await startServer(t);
  const program = `import(${JSON.stringify(INDEX)}).then(({ Client }) => new Client({ workflow: "worker" }).log("a"));`;
  const code = `
    const { Worker } = await import("node:worker_threads");
    const worker = new Worker(${JSON.stringify(program)}, { eval: true });
    await new Promise((resolve) => worker.on("exit", resolve));
    client.log("b");`;
  assert.equal((await run(code, { url: server.url })).code, 0);
  assert.deepEqual(
    server.stored().map(({ message, workflow }) => [message, workflow]),
    [
      ["a", "worker"],
      ["b", undefined],
    ],
  );
});

test("without a spool, process.exit() says what is lost", async () => {
  const { code, lines } = await run("client.log('a'); client.log('b'); process.exit(0);", { url: AWAY });
  assert.equal(code, 0);
  assert.match(lines[0], /^central-logger: 2 entries were dropped at the end: .*spoolDir/);
});

test("an entry that is refused without a spool is said to be lost, and so are the losses at the end", async (t) => {
  const server = await startServer(t, [{ status: 422, body: { detail: "too odd" } }]);
  const { lines } = await run("client.log({ n: 1 }); await client.close();", { url: server.url });
  const refused =
    "central-logger: the server refused an entry (422: too odd); it is lost, for without spoolDir there is no place to keep it";
  assert.deepEqual(lines, [refused, `${refused}; in total 0 were dropped, 1 were refused and 0 wait`]);
});

test("losses are said at the end with what waits in the spool, though another report came just before", async (t) => {
  const spoolDir = makeFolder(t);
  const code = "client.log({ n: 1 }); await client.flush(0.5); client.log({ text: 'x'.repeat(300_000) });";
  const { lines } = await run(code, { url: AWAY, options: { spoolDir, shutdownTimeout: 0.1 } });
  assert.equal(lines.length, 2);
  assert.match(lines[1], /: an entry is over 256 KiB; in total 1 were dropped, 0 were refused and 1 wait \(\d+ more/);
});

test("faults are reported by one line and one at the end, without the key", async () => {
  const code = "for (let n = 0; n < 50; n += 1) { client.log({ n }); await client.flush(0.02); }";
  const { lines } = await run(code, { url: AWAY, options: { shutdownTimeout: 0.1 } });
  assert.equal(lines.length, 2);
  assert.match(lines[1], /^central-logger: 50 entries were dropped at the end: .* in total 50 were dropped/);
  assert.match(lines[0], /^central-logger: no answer from http:\/\/127.0.0.1:1\/api\/v1\/logs \(ECONNREFUSED\)/);
  assert.doesNotMatch(lines.join(), /key_of_a_test/);
});

test("without address or key the report says what to set", async () => {
  const options = { shutdownTimeout: 0.1 };
  assert.match((await run("client.log('a')", { url: "", options })).lines[0], /set LOGGER_API_URL/);
  const noKey = await run("client.log('a')", { url: AWAY, options: { ...options, keyFile: "/missing" } });
  assert.match(noKey.lines[0], /LOGGER_API_KEY_FILE/);
});
