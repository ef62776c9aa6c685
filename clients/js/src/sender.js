import { Backoff } from "./backoff.js";
import { Batch } from "./batch.js";
import { monotonic } from "./monotonic.js";

/** Delivers what waits in a queue: one request at a time, in order, until it is settled. */
export class Sender {
  #queue;
  #post;
  #reject;
  #report;
  #reportLoss;
  #counters;
  #settings;
  #now;
  #backoff = new Backoff();
  #batch = null;
  #isSending = false;
  #isStopped = false;
  #isHurried = false;
  #retryAt = 0;
  #timer;
  #timerAt = Infinity;
  #flushes = new Set();

  /**
   * @param {{ batchEntries: number, batchBytes: number, linger: number }} settings
   * @param {object} parts
   * @param {any} parts.queue
   * @param {(entries: string[]) => Promise<import("./judge.js").Verdict>} parts.post
   * @param {(entry: string, status: number, detail: string) => string} parts.reject returns what became of the entry
   * @param {(text: string) => void} parts.report
   * @param {(text: string) => void} parts.reportLoss
   * @param {{ delivered: number, rejected: number, retries: number }} parts.counters
   * @param {() => number} [parts.now] milliseconds of a clock that never goes back
   */
  constructor(settings, { queue, post, reject, report, reportLoss, counters, now = monotonic }) {
    this.#settings = settings;
    this.#queue = queue;
    this.#post = post;
    this.#reject = reject;
    this.#report = report;
    this.#reportLoss = reportLoss;
    this.#counters = counters;
    this.#now = now;
  }

  /** Looks at the queue, in which something has changed. */
  wake() {
    if (this.#isSending || this.#isStopped) return;
    const at = this.#nextAt();
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#send(), Math.max(0, at - this.#now()));
    // A program ends when its own work is done.
    this.#timer.unref?.();
  }

  /**
   * Sends what waits now without delay.
   *
   * @param {number} seconds how long to try
   * @returns {Promise<boolean>} whether all of it is delivered or rejected
   */
  flush(seconds) {
    const isPassed = this.#queue.mark();
    if (isPassed() || this.#isStopped) return Promise.resolve(isPassed());
    return new Promise((resolve) => {
      const flush = { isPassed, end: (result) => this.#endFlush(flush, resolve, result), timer: undefined };
      // This timer is the one that keeps the program alive.
      flush.timer = setTimeout(() => flush.end(false), Math.min(seconds * 1000, 2 ** 31 - 1));
      this.#flushes.add(flush);
      this.#retryAt = 0;
      this.#isHurried = this.#isSending;
      this.wake();
    });
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const flush of this.#flushes) flush.end(flush.isPassed());
  }

  #endFlush(flush, resolve, result) {
    clearTimeout(flush.timer);
    this.#flushes.delete(flush);
    resolve(result);
  }

  #nextAt() {
    return Math.max(this.#retryAt, this.#batch ? 0 : this.#dueAt());
  }

  #dueAt() {
    const waiting = this.#queue.waiting;
    if (!waiting) return Infinity;
    const { batchEntries, batchBytes, linger } = this.#settings;
    const isFull = waiting.entries >= batchEntries || waiting.bytes >= batchBytes;
    return isFull || this.#flushes.size > 0 ? 0 : waiting.since + linger * 1000;
  }

  async #send() {
    this.#timerAt = Infinity;
    this.#isSending = true;
    try {
      this.#batch ??= this.#take();
      if (this.#batch) this.#settle(await this.#post(this.#batch.group));
    } catch (error) {
      this.#keep({ report: `an unexpected fault: ${error.message}`, wait: null });
    } finally {
      this.#isSending = false;
      this.#isHurried = false;
    }
    for (const flush of this.#flushes) if (flush.isPassed()) flush.end(true);
    this.wake();
  }

  #take() {
    const { batchEntries, batchBytes } = this.#settings;
    const taken = this.#queue.take({ maxEntries: batchEntries, maxBytes: batchBytes });
    if (taken) return new Batch(taken);
    // Waits, and cannot be read now.
    if (this.#queue.waiting) this.#retryAt = this.#now() + this.#backoff.next();
    return null;
  }

  #settle(verdict) {
    if (this.#isStopped) return;
    if (verdict.kind === "kept") this.#keep(verdict);
    else if (verdict.kind === "refused") this.#refuse(verdict);
    else this.#deliver();
    if (this.#batch.group.length === 0) this.#batch = null;
  }

  #deliver() {
    this.#counters.delivered += this.#batch.settle().length;
    this.#backoff.reset();
    this.#retryAt = 0;
  }

  #keep({ report, wait }) {
    this.#counters.retries += 1;
    this.#report(report);
    // A flush that came during the request did not mean to wait for its retry.
    if (!this.#isHurried) this.#retryAt = this.#now() + this.#backoff.next(wait);
  }

  #refuse({ status, detail, faults }) {
    const { group } = this.#batch;
    const places = new Set([...faults.keys()].filter((place) => place >= 0 && place < group.length));
    if (group.length > 1 && places.size === 0) return this.#batch.split();
    if (group.length === 1) places.add(0);
    for (const place of places) this.#setAside(group[place], status, faults.get(place) || detail);
    if (places.size === group.length) this.#batch.settle();
    else this.#batch.without(places);
  }

  #setAside(entry, status, detail) {
    this.#counters.rejected += 1;
    const place = this.#reject(entry, status, detail);
    this.#reportLoss(`the server refused an entry (${status}${detail && `: ${detail}`}); ${place}`);
  }
}
