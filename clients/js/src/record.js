import { crc32 } from "./crc32.js";

/** The first line of a segment: its format and the version of that. */
export const HEADER = Buffer.from("central-logger-spool 1\n");

const CRC_DIGITS = 8;
const PREFIX = CRC_DIGITS + 1;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/**
 * @param {string} json
 * @returns {Buffer} the line of an entry: its checksum, a blank, the entry
 */
export function encodeRecord(json) {
  const record = Buffer.from(`00000000 ${json}\n`);
  record.write(checksum(record.subarray(PREFIX, -1)), 0, "latin1");
  return record;
}

/**
 * Reads records from the head of `bytes`, at most as many as the limits allow, but at least one.
 *
 * A line that is broken is counted, unless it is the last one of the file: a crash cut that one.
 *
 * @param {Buffer} bytes
 * @param {{ isEndOfFile: boolean, maxEntries: number, maxBytes: number }} limits
 * @returns {{ entries: string[], length: number, broken: number }} with the length of the lines that were read
 */
export function decodeRecords(bytes, { isEndOfFile, maxEntries, maxBytes }) {
  const found = { entries: [], length: 0, broken: 0 };
  let size = 0;
  while (found.entries.length < maxEntries && found.length < bytes.length) {
    const end = bytes.indexOf(NEWLINE, found.length);
    if (end < 0) {
      if (isEndOfFile) found.length = bytes.length;
      break;
    }
    const line = bytes.subarray(found.length, end);
    const isLast = isEndOfFile && end + 1 === bytes.length;
    if (isWhole(line)) {
      if (size > 0 && size + line.length > maxBytes) break;
      size += line.length;
      found.entries.push(line.toString("utf8", PREFIX));
    } else if (!isLast) {
      found.broken += 1;
    }
    found.length = end + 1;
  }
  return found;
}

function isWhole(line) {
  return (
    line.length > PREFIX &&
    line[CRC_DIGITS] === SPACE &&
    line.toString("latin1", 0, CRC_DIGITS).toLowerCase() === checksum(line.subarray(PREFIX))
  );
}

function checksum(bytes) {
  return crc32(bytes).toString(16).padStart(CRC_DIGITS, "0");
}
