import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Makes a folder that is removed after the test. */
export function makeFolder(test) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "central-logger-js-"));
  test.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The segments in a folder, in order. */
export function segmentsIn(folder) {
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".spool"))
    .sort();
}
