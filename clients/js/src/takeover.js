import fs from "node:fs";
import path from "node:path";
import { isGone } from "./owner.js";
import { HEADER } from "./record.js";
import { Segment } from "./segment.js";
import { ownerIn, withOwner } from "./segment-name.js";

// Owners touch their segments every 10 s.
const STALE_MS = 60_000;

/**
 * Takes over the segments in a folder whose owners are gone, by renaming them.
 *
 * @param {string} folder
 * @param {{ owner: string, held: Set<string>, now: number, report: (text: string) => void }} context
 * @returns {Segment[]}
 */
export function takeFreeSegments(folder, { owner, held, now, report }) {
  const taken = [];
  for (const name of fs.readdirSync(folder)) {
    const other = ownerIn(name);
    if (other === null || held.has(name)) continue;
    try {
      const file = path.join(folder, name);
      if (!isFree(file, other, now)) continue;
      const first = firstLine(file);
      if (first === null) {
        fs.rmSync(file, { force: true });
        continue;
      }
      if (first !== HEADER.toString()) {
        report(`the spool file ${file} is of a newer version of central-logger, and stays: update this package`);
        continue;
      }
      taken.push(take(file, path.join(folder, withOwner(name, owner)), now));
    } catch (error) {
      // Another process was first.
      if (error.code !== "ENOENT") report(`the spool file ${name} cannot be taken over: ${error.message}`);
    }
  }
  return taken;
}

function isFree(file, owner, now) {
  return isGone(owner) || now - fs.statSync(file).mtimeMs > STALE_MS;
}

function take(file, renamed, now) {
  // First: a file that is old under its new name could be taken again.
  fs.utimesSync(file, now / 1000, now / 1000);
  fs.renameSync(file, renamed);
  return Segment.adopt(renamed);
}

// `null` when its writer ended before the line was whole, and so before there was an entry.
function firstLine(file) {
  const fd = fs.openSync(file, "r");
  try {
    const head = Buffer.alloc(256);
    const length = fs.readSync(fd, head, 0, head.length, 0);
    const end = head.subarray(0, length).indexOf("\n");
    return end < 0 && length < head.length ? null : head.toString("latin1", 0, end + 1);
  } finally {
    fs.closeSync(fd);
  }
}
