import fs from "node:fs";
import path from "node:path";
import { encodeRecord } from "./record.js";
import { monotonic } from "./monotonic.js";
import { ownOwner } from "./owner.js";
import { randomId } from "./random-id.js";
import { processClock } from "./rising-clock.js";
import { Segment } from "./segment.js";
import { segmentName } from "./segment-name.js";
import { takeFreeSegments } from "./takeover.js";

const FULL_SEGMENT = 1024 * 1024;
const MAX_SILENCE_MS = 30_000;

/** Entries that wait in files of a folder, which any number of processes share. */
export class Spool {
  #folder;
  #fsync;
  #max;
  #now;
  #report;
  #onBroken;
  /** In the order of delivery. */
  #segments = [];
  #active = null;
  #activeSince = 0;
  #lastTouch = 0;

  /**
   * @param {{ spoolDir: string, fsync: boolean, maxSpool: number }} settings
   * @param {{ now?: () => number, report: (text: string) => void, onBroken: (count: number) => void }} context
   */
  constructor({ spoolDir, fsync, maxSpool }, { now = Date.now, report, onBroken }) {
    this.#folder = spoolDir;
    this.#fsync = fsync;
    this.#max = maxSpool;
    this.#now = now;
    this.#report = report;
    this.#onBroken = onBroken;
  }

  /**
   * Makes the folder, and takes over what is left in it.
   *
   * @throws when it cannot be used
   */
  open() {
    this.#makeFolder();
    fs.accessSync(this.#folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    this.adopt();
  }

  get size() {
    return this.#segments.reduce((sum, segment) => sum + segment.pending, 0);
  }

  /** How many bytes the entries have that wait here. */
  get spooledBytes() {
    return this.#segments.reduce((sum, segment) => sum + segment.pendingBytes, 0);
  }

  /**
   * Writes an entry down.
   *
   * @param {string} json
   * @returns {boolean} `false` when the spool holds all that it may
   * @throws when it cannot be written
   */
  add(json) {
    const record = encodeRecord(json);
    if (this.spooledBytes + record.length > this.#max) return false;
    const now = this.#now();
    this.#writable(now).append(record, { fsync: this.#fsync });
    if (this.#active.pending === 1) this.#activeSince = monotonic();
    this.#lastTouch = now;
    return true;
  }

  /**
   * Returns what is first in line: how many entries wait, how many bytes they have, and since when they wait.
   *
   * @returns {{ entries: number, bytes: number, since: number } | null}
   */
  get waiting() {
    const segment = this.#segments.find(({ pendingBytes }) => pendingBytes > 0);
    if (!segment) return null;
    if (segment !== this.#active) return { entries: Infinity, bytes: Infinity, since: 0 };
    return { entries: segment.pending, bytes: segment.pendingBytes, since: this.#activeSince };
  }

  /**
   * Returns the entries that are first in line.
   *
   * @param {{ maxEntries: number, maxBytes: number }} limits
   * @returns {{ entries: string[], finish: () => void } | null}
   */
  take(limits) {
    for (const segment of [...this.#segments]) {
      const found = this.#read(segment, limits);
      if (found) {
        this.#activeSince = monotonic();
        return { entries: found.entries, finish: () => this.#settle(segment, found) };
      }
      this.#finish(segment);
    }
    return null;
  }

  /** Returns a function that tells whether all that waits now is settled. */
  mark() {
    const marks = this.#segments.map((segment) => ({
      segment,
      end: segment === this.#active ? segment.written : Infinity,
    }));
    return () => marks.every(({ segment, end }) => segment.settled >= end || !this.#segments.includes(segment));
  }

  /** Takes over what processes that are gone left behind. Returns whether there was something. */
  adopt() {
    const held = new Set(this.#segments.map(({ name }) => name));
    const taken = takeFreeSegments(this.#folder, { owner: ownOwner, held, now: this.#now(), report: this.#report });
    this.#segments.push(...taken);
    this.#segments.sort((a, b) => (a.name < b.name ? -1 : 1));
    return taken.length > 0;
  }

  /** Shows other processes that this one lives. */
  touch() {
    const now = this.#now();
    for (const segment of [...this.#segments]) {
      if (segment.isLost) this.#leave(segment);
      else segment.touch(now / 1000);
    }
    this.#lastTouch = now;
  }

  /**
   * Ends the use of the folder: what is left in it is free for others at once.
   *
   * @returns {number} how many entries are lost: none
   */
  release() {
    for (const segment of this.#segments) {
      if (segment.pendingBytes === 0) segment.remove();
      else if (!segment.isLost) segment.touch(0);
      segment.seal();
    }
    this.#segments = [];
    this.#active = null;
    return 0;
  }

  #writable(now) {
    if (this.#active && now - this.#lastTouch > MAX_SILENCE_MS && this.#active.isLost) this.#leave(this.#active);
    if (this.#active && (this.#active.size >= FULL_SEGMENT || this.#active.isDamaged)) this.#end(this.#active);
    return this.#active ?? this.#begin();
  }

  #end(segment) {
    this.#active = null;
    segment.seal();
    // Nothing of it will be settled any more, which removes others.
    if (segment.pendingBytes === 0) this.#finish(segment);
  }

  // Also when somebody removed it.
  #makeFolder() {
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  #begin() {
    this.#makeFolder();
    const name = segmentName(processClock.next(), randomId().slice(16), ownOwner);
    this.#active = Segment.create(path.join(this.#folder, name), { fsync: this.#fsync });
    this.#segments.push(this.#active);
    return this.#active;
  }

  // Others deliver a segment that they took over; what they may have missed of the active one is written again, and
  // the server stores each entry once.
  #leave(segment) {
    this.#segments = this.#segments.filter((other) => other !== segment);
    if (segment !== this.#active) return;
    this.#active = null;
    const { entries } = segment.read({ maxEntries: Infinity, maxBytes: Infinity });
    if (entries.length > 0) this.#begin();
    for (const json of entries) this.#active.append(encodeRecord(json), { fsync: this.#fsync });
    segment.seal();
  }

  #read(segment, limits) {
    for (;;) {
      const found = segment.read(limits);
      if (found.broken > 0) this.#onBroken(found.broken);
      if (found.entries.length > 0) return found;
      if (found.length === 0) return null;
      segment.settle(found);
    }
  }

  #settle(segment, found) {
    segment.settle(found);
    if (segment.pendingBytes === 0) this.#finish(segment);
  }

  #finish(segment) {
    if (segment === this.#active) {
      if (!segment.isEmpty) segment.clear();
    } else if (this.#segments.includes(segment)) {
      this.#segments = this.#segments.filter((other) => other !== segment);
      segment.remove();
    }
  }
}
