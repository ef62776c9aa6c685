// How many entries a second one client ships to a real server, from the first call to the last answer.
//
//     LOGGER_API_URL=… LOGGER_API_KEY=… node clients/js/benches/shipping.mjs [ENTRIES]
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Client } from "../src/index.js";

const entries = Number(process.argv[2] ?? 200_000);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "central-logger-bench-"));

/** @type {[string, import("../types/index.d.ts").ClientOptions][]} */
const cases = [
  ["spool", { spoolDir: folder }],
  ["memory", { maxMemory: 1024 * 1024 * 1024 }],
];
for (const [name, options] of cases) {
  const client = new Client(options);
  const began = performance.now();
  for (let n = 0; n < entries; n += 1) {
    client.log({ workflow: "invoices", message: "stored the rows of one invoice", rows: 41, n });
    if (n % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const isDone = await client.close(600);
  const seconds = (performance.now() - began) / 1000;
  const { delivered } = client.stats();
  console.log(
    `${name}: ${Math.round(delivered / seconds)} entries/s, ${isDone ? "all" : "not all"} of ${entries} delivered`,
  );
}
fs.rmSync(folder, { recursive: true });
