import fs from "node:fs";
import path from "node:path";
import { explain } from "./explain.js";

const MAX_SIZE = 10 * 1024 * 1024;

/**
 * Keeps an entry that the server refused in `rejected.ndjson`, as long as there is room.
 *
 * @param {string} folder
 * @param {{ entry: string, status: number, detail: string }} rejected
 * @returns {string} what became of it
 */
export function keepRejected(folder, { entry, status, detail }) {
  const file = path.join(folder, "rejected.ndjson");
  try {
    const record = { rejected_at: new Date().toISOString(), status, detail, entry: JSON.parse(entry) };
    const isKept = append(file, Buffer.from(`${JSON.stringify(record)}\n`));
    return isKept ? `it is in ${file}` : `it is lost, for there is no room in ${file}: move that file away`;
  } catch (error) {
    return `it is lost, for ${file} cannot be written: ${explain(error)}`;
  }
}

// Returns whether there was room.
function append(file, line) {
  const fd = fs.openSync(file, "a", 0o600);
  try {
    return fs.fstatSync(fd).size + line.length <= MAX_SIZE && fs.writeSync(fd, line) === line.length;
  } finally {
    fs.closeSync(fd);
  }
}
