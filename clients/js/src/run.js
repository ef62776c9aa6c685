import { AsyncLocalStorage } from "node:async_hooks";
import { describeError } from "./describe-error.js";
import { monotonic } from "./monotonic.js";
import { randomId } from "./random-id.js";

const current = new AsyncLocalStorage();

/** Returns the members that an entry has because a run logs it. */
export function membersOfRun() {
  return current.getStore()?.members;
}

/** A run of a workflow, whose entries share its `run_id`. */
export class Run {
  #client;

  constructor(client, workflow) {
    this.id = randomId();
    this.workflow = workflow;
    this.members = { workflow, run_id: this.id };
    this.#client = client;
  }

  /** Stores an entry of this run. */
  log(entry) {
    return current.run(this, () => this.#client.log(entry));
  }
}

/**
 * Stores that a workflow runs, calls `work`, and stores what became of it.
 *
 * @template T
 * @param {{ log(entry: any): boolean }} client
 * @param {string} name
 * @param {(run: Run) => T} work
 * @returns {T} what `work` returns; what it throws is thrown on
 */
export function recordRun(client, name, work) {
  const run = new Run(client, name);
  const began = monotonic();
  const end = (status, members) => {
    run.log({ status, duration_ms: Math.round(monotonic() - began), ...members });
  };
  const succeed = (result) => {
    end("SUCCESS");
    return result;
  };
  const fail = (error) => {
    end("FAILED", { error: describeError(error) });
    throw error;
  };
  run.log({ status: "RUNNING" });
  let result;
  try {
    result = current.run(run, () => work(run));
  } catch (error) {
    return fail(error);
  }
  if (typeof (/** @type {any} */ (result)?.then) === "function") return /** @type {any} */ (result).then(succeed, fail);
  return succeed(result);
}
