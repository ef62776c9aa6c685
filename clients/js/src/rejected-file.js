import fs from "node:fs";
import path from "node:path";

const MAX_SIZE = 10 * 1024 * 1024;

/** Keeps an entry that the server refused in `rejected.ndjson`, as long as there is room. */
export function keepRejected(folder, { entry, status, detail }) {
  const fd = fs.openSync(path.join(folder, "rejected.ndjson"), "a", 0o600);
  try {
    const record = { rejected_at: new Date().toISOString(), status, detail, entry: JSON.parse(entry) };
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    if (fs.fstatSync(fd).size + line.length <= MAX_SIZE) fs.writeSync(fd, line);
  } finally {
    fs.closeSync(fd);
  }
}
