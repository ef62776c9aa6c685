import { defaultClient } from "./default-client.js";

/**
 * Stores that a workflow runs, calls `work`, and stores how that ended: `SUCCESS`, or `FAILED` with the error.
 *
 * @template T
 * @param {string} name of the workflow
 * @param {(run: import("./run.js").Run) => T} work may return a promise
 * @param {{ client?: import("./client.js").Client }} [options]
 * @returns {T} what `work` returns; what it throws is thrown on
 */
export function workflow(name, work, { client = defaultClient() } = {}) {
  return client.workflow(name, work);
}
