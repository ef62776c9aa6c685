import { byteLength } from "./byte-length.js";
import { monotonic } from "./monotonic.js";

// What an entry takes beside its text.
const OVERHEAD = 64;

/** Entries that wait in memory. */
export class MemoryQueue {
  #max;
  #now;
  #entries = [];
  #head = 0;
  #bytes = 0;
  #settled = 0;

  /**
   * @param {{ maxMemory: number }} settings
   * @param {{ now?: () => number }} [context]
   */
  constructor({ maxMemory }, { now = monotonic } = {}) {
    this.#max = maxMemory;
    this.#now = now;
  }

  get spooledBytes() {
    return 0;
  }

  get size() {
    return this.#entries.length - this.#head;
  }

  /**
   * @param {string} json
   * @returns {boolean} `false` when the queue holds all that it may
   */
  add(json) {
    const bytes = byteLength(json) + OVERHEAD;
    if (this.#bytes + bytes > this.#max) return false;
    this.#entries.push({ json, bytes, since: this.#now() });
    this.#bytes += bytes;
    return true;
  }

  /** Returns what waits; see `Spool.waiting`. */
  get waiting() {
    if (this.size === 0) return null;
    return { entries: this.size, bytes: this.#bytes - OVERHEAD * this.size, since: this.#entries[this.#head].since };
  }

  /** Returns the entries that are first in line; see `Spool.take`. */
  take({ maxEntries, maxBytes }) {
    const entries = [];
    let bytes = 0;
    for (let i = this.#head; i < this.#entries.length && entries.length < maxEntries; i += 1) {
      bytes += this.#entries[i].bytes - OVERHEAD;
      if (entries.length > 0 && bytes > maxBytes) break;
      entries.push(this.#entries[i].json);
    }
    return entries.length > 0 ? { entries, finish: () => this.#remove(entries.length) } : null;
  }

  /** Returns a function that tells whether all that waits now is settled. */
  mark() {
    const end = this.#settled + this.size;
    return () => this.#settled >= end;
  }

  /** Ends the use of the queue. Returns how many entries are lost. */
  release() {
    const { size } = this;
    this.#remove(size);
    return size;
  }

  #remove(count) {
    for (let i = 0; i < count; i += 1) this.#bytes -= this.#entries[this.#head + i].bytes;
    this.#head += count;
    this.#settled += count;
    // Not each time: moving the rest takes as long as the rest is.
    if (this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}
