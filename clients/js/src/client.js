import { logsAddress } from "./address.js";
import { EntryMaker, Refusal } from "./entry.js";
import { explain } from "./explain.js";
import { HttpPost } from "./http-post.js";
import { KeySource } from "./key.js";
import { Losses } from "./losses.js";
import { MemoryQueue } from "./memory-queue.js";
import { forgetProcessEnd, watchProcessEnd } from "./process-end.js";
import { randomId } from "./random-id.js";
import { keepRejected } from "./rejected-file.js";
import { processClock } from "./rising-clock.js";
import { membersOfRun, recordRun } from "./run.js";
import { Sender } from "./sender.js";
import { readSettings } from "./settings.js";
import { Spool } from "./spool.js";
import { standardError } from "./standard-error.js";
import { VERSION } from "./version.js";

const TOUCH_MS = 10_000;
const TOUCHES_PER_TAKEOVER = 3;

/** Ships entries to a central-logger server. */
export class Client {
  #settings;
  #counters = { delivered: 0, rejected: 0, dropped: 0, retries: 0 };
  #losses = new Losses(standardError);
  #maker;
  #spool = null;
  #queue;
  #post;
  #sender;
  #upkeep;
  #closing = null;
  #accepted = 0;
  #acceptedAtEnd = -1;

  /** @param {import("../types/index.d.ts").ClientOptions} [options] */
  constructor(options = {}) {
    this.#settings = readSettings(options, process.env);
    this.#maker = new EntryMaker(this.#settings, { clock: processClock, randomId });
    this.#queue = this.#makeQueue();
    this.#post = this.#makePost();
    this.#sender = new Sender(this.#settings, {
      queue: this.#queue,
      post: (entries) => this.#post.post(entries),
      reject: (entry, status, detail) => this.#setAside({ entry, status, detail }),
      report,
      reportLoss: (text) => this.#losses.report(text),
      counters: this.#counters,
    });
    if (this.#spool) this.#startUpkeep();
    this.#sender.wake();
    watchProcessEnd(this);
  }

  /**
   * Writes an entry down, and delivers it later. Throws nothing and waits for nothing.
   *
   * @param {object | string} entry its members, or a message
   * @returns {boolean} `false` when it was dropped
   */
  log(entry) {
    if (this.#closing) return this.#drop("an entry came after close()");
    try {
      const json = this.#maker.make(this.#withRun(entry));
      if (!this.#queue.add(json)) return this.#drop("there is no room for further entries until the server takes some");
    } catch (error) {
      if (error instanceof Refusal) return this.#drop(error.message);
      return this.#drop(`the spool folder ${this.#settings.spoolDir} cannot be written: ${explain(error)}`);
    }
    this.#accepted += 1;
    this.#sender.wake();
    return true;
  }

  /**
   * Stores a run of a workflow; see `workflow`.
   *
   * @template T
   * @param {string} name
   * @param {(run: import("./run.js").Run) => T} work
   * @returns {T}
   */
  workflow(name, work) {
    return recordRun(this, name, work);
  }

  /**
   * Sends what waits now.
   *
   * @param {number} [timeout] seconds
   * @returns {Promise<boolean>} whether all of it is delivered or rejected
   */
  flush(timeout = this.#settings.shutdownTimeout) {
    return this.#sender.flush(timeout);
  }

  /**
   * Flushes and stops. What is left then stays in the spool; without one it is dropped.
   *
   * @param {number} [timeout] seconds
   * @returns {Promise<boolean>} whether all is delivered or rejected
   */
  close(timeout = this.#settings.shutdownTimeout) {
    this.#closing ??= this.flush(timeout).then((isDone) => {
      this.#stop();
      return isDone;
    });
    return this.#closing;
  }

  /** Counts what became of the entries so far. */
  stats() {
    return { queued: this.#queue.size, ...this.#counters, spooledBytes: this.#queue.spooledBytes };
  }

  /** Called when the process has nothing else to do; after a flush in vain only if there is something new. */
  flushAtEnd() {
    if (this.#accepted === this.#acceptedAtEnd) return;
    this.#acceptedAtEnd = this.#accepted;
    this.flush();
  }

  /** Called when the process ends, where nothing can be awaited. */
  abandon() {
    this.#closing ??= Promise.resolve(false);
    this.#stop();
  }

  #makeQueue() {
    const { spoolDir } = this.#settings;
    if (spoolDir) {
      this.#spool = new Spool(this.#settings, { report, onBroken: (count) => this.#countBroken(count) });
      if (this.#withSpool(() => this.#spool.open())) return this.#spool;
      this.#spool = null;
    }
    return new MemoryQueue(this.#settings);
  }

  #makePost() {
    const { url, key, keyFile, timeout } = this.#settings;
    const keys = new KeySource({ key, keyFile });
    return new HttpPost(
      { address: logsAddress(url), keys, timeout, userAgent: `central-logger-js/${VERSION}` },
      report,
    );
  }

  #startUpkeep() {
    let touches = 0;
    this.#upkeep = setInterval(() => {
      touches += 1;
      this.#withSpool(() => this.#spool.touch());
      if (touches % TOUCHES_PER_TAKEOVER === 0) this.#takeOver();
    }, TOUCH_MS);
    this.#upkeep.unref();
  }

  #takeOver() {
    this.#withSpool(() => this.#spool.adopt());
    this.#sender.wake();
  }

  #withSpool(work) {
    try {
      work();
      return true;
    } catch (error) {
      report(`the spool folder ${this.#settings.spoolDir} cannot be used: ${explain(error)}`);
      return false;
    }
  }

  #countBroken(count) {
    this.#counters.rejected += count;
    this.#losses.report(
      `the spool folder ${this.#settings.spoolDir} has ${count} entries that are broken: the rest is sent`,
    );
  }

  // An entry may name another workflow or run.
  #withRun(entry) {
    const members = membersOfRun();
    if (!members) return entry;
    return typeof entry === "string" ? { message: entry, ...members } : { ...members, ...entry };
  }

  #setAside(rejected) {
    if (!this.#spool) return "it is lost, for without spoolDir there is no place to keep it";
    return keepRejected(this.#settings.spoolDir, rejected);
  }

  #drop(reason) {
    this.#counters.dropped += 1;
    this.#losses.report(`an entry was dropped: ${reason}`);
    return false;
  }

  #stop() {
    this.#sender.stop();
    this.#post.close();
    clearInterval(this.#upkeep);
    forgetProcessEnd(this);
    let lost = 0;
    let waiting = 0;
    this.#withSpool(() => (waiting = this.#waitingAfterEnd()));
    this.#withSpool(() => (lost = this.#queue.release()));
    this.#counters.dropped += lost;
    this.#losses.reportAtEnd(this.#counters, { lost, waiting, advice: "await close() for longer, or set spoolDir" });
  }

  // Only a report of losses needs it, and it may mean to read files.
  #waitingAfterEnd() {
    const { dropped, rejected } = this.#counters;
    return this.#spool && dropped + rejected > 0 ? this.#spool.size : 0;
  }
}

function report(text) {
  standardError.report(text);
}
