import { Writable } from "node:stream";
import { Client } from "./client.js";
import { renameReserved } from "./foreign-members.js";

// Where winston keeps the level without colours.
const LEVEL = Symbol.for("level");

/** A transport for winston 3, which it does not import. */
export class WinstonTransport extends Writable {
  #client;
  #isOwnClient;

  /** @param {import("../types/index.d.ts").WinstonTransportOptions} [options] */
  constructor({ level, format, silent, handleExceptions, handleRejections, client, ...options } = {}) {
    super({ objectMode: true });
    Object.assign(this, { level, format, silent, handleExceptions, handleRejections });
    this.#client = client ?? new Client(options);
    this.#isOwnClient = !client;
    this.on("pipe", (/** @type {any} */ logger) => Object.assign(this, { levels: logger.levels, parent: logger }));
  }

  get client() {
    return this.#client;
  }

  /**
   * Stores a record.
   *
   * @param {any} info
   * @param {() => void} next
   */
  log(info, next) {
    this.#client.log(entryOf(info));
    next();
  }

  _write(info, _encoding, next) {
    const accepted = this.#accepts(info) && this.#formatted(info);
    if (accepted) this.log(accepted, next);
    else next();
  }

  _final(done) {
    const end = this.#isOwnClient ? this.#client.close() : this.#client.flush();
    end.then(() => done(), done);
  }

  #accepts(info) {
    const { silent, handleExceptions, handleRejections, levels, parent } = /** @type {any} */ (this);
    if (silent || (info.exception && !handleExceptions) || (info.rejection && !handleRejections)) return false;
    const level = /** @type {any} */ (this).level ?? parent?.level;
    return !level || !levels || levels[level] >= levels[info[LEVEL]];
  }

  #formatted(info) {
    const { format } = /** @type {any} */ (this);
    return format ? format.transform({ ...info }, format.options) : info;
  }
}

function entryOf(info) {
  const { level, message, ...members } = info;
  return renameReserved({ status: String(info[LEVEL] ?? level ?? "INFO").toUpperCase(), message, ...members });
}
