// The time that a call to `log` takes: while the server is away, with and without a spool.
//
//     node clients/js/benches/call.mjs [CALLS]
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Client } from "../src/index.js";

const calls = Number(process.argv[2] ?? 100_000);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "central-logger-bench-"));

/** @type {[string, import("../types/index.d.ts").ClientOptions][]} */
const cases = [
  ["spool", { spoolDir: folder }],
  ["memory", { maxMemory: 1024 * 1024 * 1024 }],
];
for (const [name, options] of cases) {
  const client = new Client({ url: "http://127.0.0.1:9", key: "unused", ...options });
  report(name, await measure(client));
  await client.close(0);
}
fs.rmSync(folder, { recursive: true });

async function measure(client) {
  const times = new Float64Array(calls);
  for (let n = 0; n < calls; n += 1) {
    const began = process.hrtime.bigint();
    client.log({ workflow: "invoices", message: "stored the rows of one invoice", rows: 41, n });
    times[n] = Number(process.hrtime.bigint() - began) / 1000;
    // The sender has its turn, as in a program that serves requests.
    if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return times.sort();
}

function report(name, times) {
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  console.log(`${name}: median ${at(0.5)} µs, p99 ${at(0.99)} µs, p99.9 ${at(0.999)} µs of ${times.length} calls`);
}
