import type { Entry, Stats } from "./index.js";

/** Options of a client in a page. There is no key: the page sends the session of the person who signed in. */
export interface BrowserClientOptions {
  /** The address, of the same origin as the page; `/api/v1/logs` by default. */
  url?: string;
  /** The environment of entries; `default` by default. */
  environment?: string;
  /** The workflow of entries. */
  workflow?: string;
  /** How many bytes may wait; 1 MiB by default. */
  maxMemory?: number;
  /** How many entries a request has at most; 10,000 by default. */
  batchEntries?: number;
  /** How many bytes a request has at most; 60 KiB by default, so that it can outlive the page. */
  batchBytes?: number;
  /** How many seconds an entry waits for others at most; 1 by default. */
  linger?: number;
  /** How many seconds `close` tries to deliver; 10 by default. */
  shutdownTimeout?: number;
  /** How many seconds a request may take; 30 by default. */
  timeout?: number;
}

/**
 * Ships entries from a page whose reader has signed in.
 *
 * @example
 * const client = new Client({ workflow: "checkout" });
 * client.log({ status: "ERROR", message: "the form was refused" });
 */
export class Client {
  /** Throws a `TypeError` when a key or an address of another origin is given. */
  constructor(options?: BrowserClientOptions);
  /** Queues an entry; `false` says that it was dropped. */
  log(entry: Entry | string): boolean;
  /** Sends what waits now, for at most `timeout` seconds. Says whether all of it is delivered or rejected. */
  flush(timeout?: number): Promise<boolean>;
  /** Flushes and stops. What is left then is dropped. */
  close(timeout?: number): Promise<boolean>;
  /** Counts what became of the entries so far. */
  stats(): Omit<Stats, "spooledBytes">;
}
