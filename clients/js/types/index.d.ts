import type { Writable } from "node:stream";

/** The members of an entry. Those that are left out are set by the client. */
export interface Entry {
  /** The text, of which 64 KiB are kept. */
  message?: string;
  /** How it ended, or the level: `INFO` by default. */
  status?: string;
  /** The workflow that it belongs to. */
  workflow?: string | null;
  /** Where it happened, such as `production`. */
  environment?: string;
  /** When it happened: RFC 3339 or a date. Now by default, rising strictly. */
  executed_at?: string | Date;
  /** The name of the event, of which the server stores one entry. Random by default. */
  event_id?: string;
  /** Any further member that JSON can express. */
  [member: string]: unknown;
}

/** Options of a client. Those that are left out come from the environment, else from the defaults. */
export interface ClientOptions {
  /** The address, `https://HOST` or `https://HOST/api/v1/logs`; else `LOGGER_API_URL`. */
  url?: string;
  /** The API key; else `LOGGER_API_KEY`. */
  key?: string;
  /** A file with the API key, read again once it changes; else `LOGGER_API_KEY_FILE`. */
  keyFile?: string;
  /** The environment of entries; else `LOGGER_ENVIRONMENT`, else `default`. */
  environment?: string;
  /** The workflow of entries. */
  workflow?: string;
  /** A folder on a local disk where entries wait for delivery; in memory only by default. */
  spoolDir?: string;
  /** Whether an entry is flushed to the disk before the call returns, against power cuts; `false` by default. */
  fsync?: boolean;
  /** How many bytes may wait in memory without a spool; 16 MiB by default. */
  maxMemory?: number;
  /** How many bytes may wait in the spool; 256 MiB by default. */
  maxSpool?: number;
  /** How many entries a request has at most; 10,000 by default. */
  batchEntries?: number;
  /** How many bytes a request has at most, before compression; 1 MiB by default. */
  batchBytes?: number;
  /** How many seconds an entry waits for others at most; 1 by default. */
  linger?: number;
  /** How many seconds `close` and the end of the process try to deliver; 10 by default. */
  shutdownTimeout?: number;
  /** How many seconds a request may take; 30 by default. */
  timeout?: number;
}

/** What became of the entries of a client. */
export interface Stats {
  /** They wait for delivery. */
  queued: number;
  /** The server stored them. */
  delivered: number;
  /** The server refused them: they are in `rejected.ndjson` of the spool, and without a spool they are lost. */
  rejected: number;
  /** There was no room, or they could not be written. */
  dropped: number;
  /** How many requests were in vain. */
  retries: number;
  /** How many bytes wait in the spool. */
  spooledBytes: number;
}

/** A run of a workflow. */
export interface Run {
  /** The `run_id` of its entries. */
  readonly id: string;
  /** The name of the workflow. */
  readonly workflow: string;
  /** Stores an entry of this run; see `Client.log`. */
  log(entry: Entry | string): boolean;
}

/**
 * Ships entries to a central-logger server.
 *
 * @example
 * const client = new Client({ workflow: "invoices", spoolDir: "/var/spool/invoices" });
 * client.log({ message: "stored the rows", rows: 41 });
 * await client.close();
 */
export class Client {
  constructor(options?: ClientOptions);
  /** Writes an entry down, and delivers it later. Throws nothing; `false` says that the entry was dropped. */
  log(entry: Entry | string): boolean;
  /** Stores that a workflow runs, calls `work`, and stores how that ended; see `workflow`. */
  workflow<T>(name: string, work: (run: Run) => T): T;
  /** Sends what waits now, for at most `timeout` seconds. Says whether all of it is delivered or rejected. */
  flush(timeout?: number): Promise<boolean>;
  /** Flushes and stops. What is left then stays in the spool; without one it is dropped. */
  close(timeout?: number): Promise<boolean>;
  /** Counts what became of the entries so far. */
  stats(): Stats;
}

/**
 * Stores that a workflow runs, calls `work`, and stores how that ended: `SUCCESS`, or `FAILED` with the error.
 *
 * All that is logged within `work` by a `Client` or a `WinstonTransport` gets the workflow and the `run_id`. Returns
 * what `work` returns, and throws what it throws.
 *
 * @example
 * const rows = await workflow("invoices", async (run) => {
 *   run.log("started to read");
 *   return readRows();
 * });
 */
export function workflow<T>(name: string, work: (run: Run) => T, options?: { client?: Client }): T;

/** Options of a transport for winston: those of winston, and those of the client unless `client` is given. */
export interface WinstonTransportOptions extends ClientOptions {
  /** The lowest level that is stored; that of the logger by default. */
  level?: string;
  /** A format of winston. */
  format?: any;
  silent?: boolean;
  handleExceptions?: boolean;
  handleRejections?: boolean;
  /** A client that exists. The transport flushes it at its end, and closes only a client of its own. */
  client?: Client;
}

/**
 * A transport for winston 3.
 *
 * @example
 * const logger = winston.createLogger({ transports: [new WinstonTransport({ workflow: "invoices" })] });
 */
export class WinstonTransport extends Writable {
  constructor(options?: WinstonTransportOptions);
  readonly client: Client;
  level?: string;
  format?: any;
  silent?: boolean;
  handleExceptions?: boolean;
  handleRejections?: boolean;
  log(info: any, next: () => void): void;
}
