// The memory that an hour without a server takes, at 1,000 entries a second, played as fast as it goes.
//
//     node clients/js/benches/outage.mjs [spool]
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Client } from "../src/index.js";

const ENTRIES = 3_600_000;
const MIB = 1024 * 1024;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "central-logger-bench-"));

const spoolDir = process.argv[2] === "spool" ? folder : undefined;
const client = new Client({ url: "http://127.0.0.1:9", key: "unused", spoolDir });
let highest = 0;
for (let n = 0; n < ENTRIES; n += 1) {
  client.log({ workflow: "invoices", message: "stored the rows of one invoice", rows: 41, n });
  if (n % 1000 > 0) continue;
  highest = Math.max(highest, process.memoryUsage().rss);
  await new Promise((resolve) => setImmediate(resolve));
}
const { queued, dropped } = client.stats();
console.log(`the process took up to ${Math.round(highest / MIB)} MiB; ${queued} entries wait, ${dropped} were dropped`);
await client.close(0);
fs.rmSync(folder, { recursive: true });
