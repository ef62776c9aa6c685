import { EntryMaker } from "./entry.js";
import { FetchPost } from "./fetch-post.js";
import { Losses } from "./losses.js";
import { MemoryQueue } from "./memory-queue.js";
import { Reports } from "./reports.js";
import { RisingClock } from "./rising-clock.js";
import { Sender } from "./sender.js";
import { readSettings } from "./settings.js";

const MIB = 1024 * 1024;
// A request that outlives its page may have 64 KiB.
const BATCH_BYTES = 60 * 1024;
const clock = new RisingClock();
const reports = new Reports((line) => console.warn(line));

/** Ships entries from a page whose reader has signed in; there is never a key in a page. */
export class Client {
  #settings;
  #counters = { delivered: 0, rejected: 0, dropped: 0, retries: 0 };
  #losses = new Losses(reports);
  #maker;
  #queue;
  #sender;
  #closing = null;
  #onHidden = () => {
    if (document.visibilityState === "hidden") this.flush();
  };

  /** @param {import("../types/browser.d.ts").BrowserClientOptions} [options] */
  constructor(options = {}) {
    refuseKey(options);
    this.#settings = readSettings({ maxMemory: MIB, batchBytes: BATCH_BYTES, ...options }, {});
    const address = sameOrigin(this.#settings.url ?? "/api/v1/logs");
    this.#maker = new EntryMaker(this.#settings, { clock, randomId });
    this.#queue = new MemoryQueue(this.#settings);
    const post = new FetchPost({ address, timeout: this.#settings.timeout });
    this.#sender = new Sender(this.#settings, {
      queue: this.#queue,
      post: (entries) => post.post(entries),
      reject: () => "it is lost, for a page has no place to keep it",
      report: (text) => reports.report(text),
      reportLoss: (text) => this.#losses.report(text),
      counters: this.#counters,
    });
    document.addEventListener("visibilitychange", this.#onHidden);
  }

  log(entry) {
    if (this.#closing) return this.#drop("it came after close()");
    try {
      if (!this.#queue.add(this.#maker.make(entry))) return this.#drop("too many wait already");
    } catch (error) {
      return this.#drop(error.message);
    }
    this.#sender.wake();
    return true;
  }

  flush(timeout = this.#settings.shutdownTimeout) {
    return this.#sender.flush(timeout);
  }

  close(timeout = this.#settings.shutdownTimeout) {
    this.#closing ??= this.flush(timeout).then((isDone) => {
      document.removeEventListener("visibilitychange", this.#onHidden);
      this.#sender.stop();
      const lost = this.#queue.release();
      this.#counters.dropped += lost;
      this.#losses.reportAtEnd(this.#counters, { lost, waiting: 0, advice: "await close() for longer" });
      return isDone;
    });
    return this.#closing;
  }

  stats() {
    return { queued: this.#queue.size, ...this.#counters };
  }

  #drop(reason) {
    this.#counters.dropped += 1;
    this.#losses.report(`an entry was dropped: ${reason}`);
    return false;
  }
}

function refuseKey(options) {
  if (["key", "keyFile"].some((name) => options[name] !== undefined)) {
    throw new TypeError(
      "an API key in a page can be read by everyone who opens it: leave it out, and let people sign in",
    );
  }
}

function sameOrigin(text) {
  const address = new URL(text, location.href);
  if (address.origin === location.origin) return address;
  throw new TypeError(
    `the address is at ${address.origin}, but a session is sent to the page's own ${location.origin} only`,
  );
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
