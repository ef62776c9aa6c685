import fs from "node:fs";
import path from "node:path";
import { HEADER, decodeRecords } from "./record.js";

const CHUNK = 2 * 1024 * 1024;

class PartOnly extends Error {
  code = "ENOSPC";
}

/** A file of the spool: records that wait for delivery, of which those before `offset` are delivered. */
export class Segment {
  #fd;
  #records;
  #settled = 0;
  /** Whether it ends within a record that could not be cut off, so that nothing may follow. */
  isDamaged = false;

  /**
   * @param {string} file
   * @param {{ fd?: number, size: number, records: number | null }} state
   */
  constructor(file, { fd, size, records }) {
    this.path = file;
    this.size = size;
    this.offset = HEADER.length;
    this.#fd = fd;
    this.#records = records;
  }

  /** Makes an empty segment to write to. */
  static create(file, { fsync }) {
    const fd = fs.openSync(file, "ax+", 0o600);
    try {
      writeWhole(fd, HEADER);
      if (fsync) syncFolder(path.dirname(file), fd);
    } catch (error) {
      fs.closeSync(fd);
      removeQuietly(file);
      throw error;
    }
    return new Segment(file, { fd, size: HEADER.length, records: 0 });
  }

  /** Opens a segment that another process wrote. */
  static adopt(file) {
    return new Segment(file, { size: fs.statSync(file).size, records: null });
  }

  get name() {
    return path.basename(this.path);
  }

  get isEmpty() {
    return this.size === HEADER.length;
  }

  /** How many records this process wrote. */
  get written() {
    return this.#records;
  }

  /** How many of the records are delivered or rejected. */
  get settled() {
    return this.#settled;
  }

  /** How many records are not settled yet. Those of another process are counted once somebody asks. */
  get pending() {
    this.#records ??= this.#settled + this.#count();
    return Math.max(0, this.#records - this.#settled);
  }

  get pendingBytes() {
    return Math.max(0, this.size - this.offset);
  }

  /**
   * Writes a record by one call, whole or not at all; else the segment is damaged.
   *
   * @throws when the disk is full, for example
   */
  append(record, { fsync }) {
    try {
      writeWhole(this.#fd, record);
      if (fsync) fs.fsyncSync(this.#fd);
    } catch (error) {
      this.#cutOff();
      throw error;
    }
    this.size += record.length;
    this.#records += 1;
  }

  /** Reads records that are not settled yet; see `decodeRecords`. */
  read({ maxEntries, maxBytes }) {
    const bytes = this.#bytes(this.offset);
    const isEndOfFile = bytes.length < CHUNK;
    const found = decodeRecords(bytes, { isEndOfFile, maxEntries, maxBytes });
    // A line longer than any entry can be is passed over in pieces.
    if (found.length === 0 && !isEndOfFile) return { entries: [], length: bytes.length, broken: 1 };
    return found;
  }

  settle({ entries, length, broken }) {
    this.offset += length;
    this.#settled += entries.length + broken;
  }

  /** Empties the segment for further records. */
  clear() {
    fs.ftruncateSync(this.#fd, HEADER.length);
    this.size = HEADER.length;
    this.offset = HEADER.length;
  }

  /** Ends the writing to this segment; the file stays. */
  seal() {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }

  remove() {
    this.seal();
    fs.rmSync(this.path, { force: true });
  }

  /** Sets the time of the last change, which tells others whether the owner lives. */
  touch(seconds) {
    fs.utimesSync(this.path, seconds, seconds);
  }

  /** Whether another process took the file over, since this one seemed to be gone. */
  get isLost() {
    const found = fs.statSync(this.path, { throwIfNoEntry: false });
    return !found || (this.#fd !== undefined && fs.fstatSync(this.#fd).ino !== found.ino);
  }

  #cutOff() {
    try {
      fs.ftruncateSync(this.#fd, this.size);
    } catch {
      this.isDamaged = true;
    }
  }

  #count() {
    let count = 0;
    let bytes;
    for (let at = this.offset; (bytes = this.#bytes(at)).length > 0; at += bytes.length) {
      for (let i = bytes.indexOf(0x0a); i >= 0; i = bytes.indexOf(0x0a, i + 1)) count += 1;
    }
    return count;
  }

  // Another process may have taken the file over and delivered it: then nothing is left to do here.
  #bytes(position) {
    const fd = this.#fd ?? openIfThere(this.path);
    if (fd === null) return Buffer.alloc(0);
    try {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(0, fs.fstatSync(fd).size - position)));
      return buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, position));
    } finally {
      if (fd !== this.#fd) fs.closeSync(fd);
    }
  }
}

function writeWhole(fd, bytes) {
  if (fs.writeSync(fd, bytes) < bytes.length) throw new PartOnly();
}

// The fault that led here is the one to tell.
function removeQuietly(file) {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // Whoever may take it over removes a file without a whole first line.
  }
}

function openIfThere(file) {
  try {
    return fs.openSync(file, "r");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

function syncFolder(folder, fd) {
  fs.fsyncSync(fd);
  const opened = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(opened);
  } finally {
    fs.closeSync(opened);
  }
}
