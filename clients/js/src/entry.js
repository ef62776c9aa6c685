import { byteLength } from "./byte-length.js";
import { describeError } from "./describe-error.js";
import { rfc3339 } from "./rising-clock.js";

const MAX_ENTRY = 256 * 1024;
const MAX_MESSAGE = 64 * 1024;
const TEXTS = ["event_id", "executed_at", "environment", "status", "workflow", "message"];

/** A reason why an entry cannot be taken. */
export class Refusal extends Error {}

/** Makes entries as the server takes them. */
export class EntryMaker {
  #environment;
  #workflow;
  #clock;
  #randomId;

  /**
   * @param {{ environment: string, workflow?: string }} settings
   * @param {{ clock: import("./rising-clock.js").RisingClock, randomId: () => string }} sources
   */
  constructor({ environment, workflow }, { clock, randomId }) {
    this.#environment = environment;
    this.#workflow = workflow;
    this.#clock = clock;
    this.#randomId = randomId;
  }

  /**
   * @param {unknown} given an object of members, or the text of a message
   * @returns {string} the entry as JSON on one line
   * @throws {Refusal}
   */
  make(given) {
    const members = typeof given === "string" ? { message: given } : given;
    if (typeof members !== "object" || members === null || Array.isArray(members)) {
      throw new Refusal("an entry is an object or a text");
    }
    const json = asJson(this.#complete(members));
    if (json.length * 3 > MAX_ENTRY && byteLength(json) > MAX_ENTRY) throw new Refusal("an entry is over 256 KiB");
    return json;
  }

  #complete(members) {
    const entry = { event_id: null, executed_at: null, environment: null, status: null, workflow: null, ...members };
    entry.event_id ??= this.#randomId();
    entry.executed_at ??= rfc3339(this.#clock.next());
    entry.environment ??= this.#environment;
    entry.status ??= "INFO";
    entry.workflow ??= this.#workflow;
    for (const name of TEXTS) {
      if (entry[name] != null && typeof entry[name] !== "string") entry[name] = asText(entry[name]);
    }
    for (const [name, value] of Object.entries(entry)) {
      // JSON has nothing of an error.
      if (value instanceof Error) entry[name] = { ...describeError(value), stack: value.stack };
    }
    return cutMessage(entry);
  }
}

// The server takes texts only in these members; a status of 200 is more use as "200" than set aside.
function asText(value) {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return value.stack ?? String(value);
  return typeof value === "object" ? asJson(value) : String(value);
}

function cutMessage(entry) {
  const { message } = entry;
  if (message == null || message.length * 3 <= MAX_MESSAGE || byteLength(message) <= MAX_MESSAGE) return entry;
  const { read } = new TextEncoder().encodeInto(message, new Uint8Array(MAX_MESSAGE));
  entry.message = message.slice(0, read);
  entry.message_cut = true;
  return entry;
}

function asJson(value) {
  let json;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new Refusal(`an entry cannot be written as JSON: ${firstLine(error)}`);
  }
  return /\\u0000|\\ud/.test(json) ? replaceForbidden(json) : json;
}

// The server refuses NUL and halves of surrogate pairs. Every escape is matched, so that `\\u0000` stays what it is.
function replaceForbidden(json) {
  return json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) =>
    /^\\u(?:0000|d)/.test(escape) ? "\ufffd" : escape,
  );
}

function firstLine(error) {
  return String(error?.message ?? error).split("\n")[0];
}
