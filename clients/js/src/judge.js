import { retryAfter } from "./backoff.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RFC_3339 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
const PROBLEM = /^application\/problem\+json\b/i;

/**
 * What the answer to a request means for the entries in it.
 *
 * @typedef {{ kind: "delivered" }
 *   | { kind: "refused", status: number, detail: string, faults: Map<number, string> }
 *   | { kind: "kept", report: string, wait: number | null }} Verdict
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {string | null} [retryAfter]
 * @property {string | null} [contentType]
 * @property {string | null} [date]
 * @property {string} body
 */

/**
 * @param {Answer} answer
 * @param {{ where: string, now: number, entries: string[] }} context the address without secrets, the time in
 *   milliseconds since 1970, and what was sent
 * @returns {Verdict}
 */
export function judge(answer, { where, now, entries }) {
  const { status } = answer;
  const body = parsed(answer.body);
  const wait = retryAfter(answer.retryAfter, now);
  if ((status === 200 || status === 201) && isReceipt(body, entries.length)) return { kind: "delivered" };
  if (isForeign(answer)) {
    const report = `the answer of ${where} is not that of a central-logger server: check LOGGER_API_URL`;
    return { kind: "kept", report, wait };
  }
  const errors = Array.isArray(body?.errors) ? body.errors : [];
  const fault = status === 422 ? clockFault(answer.date, now) : null;
  // The clock is at fault for the times, and not the entries, which wait until somebody sets it.
  const others = fault ? errors.filter((error) => !isAboutTime(error) || isOfOwnTime(error, entries, now)) : errors;
  if (others.length < errors.length && others.length === 0) return { kind: "kept", report: fault, wait };
  // The 413 of a proxy is as true as that of the server.
  if (status === 400 || status === 413 || status === 422) return { kind: "refused", status, ...problem(body, others) };
  return { kind: "kept", report: advice(status, where), wait };
}

/**
 * Another server, or what asks people to sign in to a network, may say that all is well, or that nothing is.
 *
 * @param {Answer} answer
 */
function isForeign({ status, contentType }) {
  if (status >= 200 && status < 300) return true;
  return (status === 400 || status === 422) && !PROBLEM.test(contentType ?? "");
}

function isReceipt(body, count) {
  return body?.accepted === count && Array.isArray(body.ids) && body.ids.length === count;
}

/**
 * Returns a report when the clocks of this machine and the server are over a day apart.
 *
 * @param {string | null | undefined} date of the answer
 * @param {number} now milliseconds since 1970
 */
export function clockFault(date, now) {
  const ahead = now - Date.parse(date ?? "");
  if (!(Math.abs(ahead) > DAY_MS)) return null;
  const hours = Math.floor(Math.abs(ahead) / HOUR_MS);
  return `the clock of this machine is ${hours} hours ${ahead > 0 ? "ahead of" : "behind"} the server's: set the clock`;
}

// Some servers name the place: `/executed_at`, `/3/executed_at`.
function isAboutTime(error) {
  return typeof error?.field === "string" && error.field.split("/").at(-1) === "executed_at";
}

/** Whether the time of the entry is wrong by the clock of this machine as well, so that no clock is to blame. */
function isOfOwnTime({ index }, entries, now) {
  const time = Number.isInteger(index) ? parsed(entries[index])?.executed_at : undefined;
  if (typeof time !== "string") return false;
  const at = RFC_3339.test(time) ? Date.parse(time.toUpperCase().replace(" ", "T")) : NaN;
  return !(at >= 0 && at <= now + DAY_MS);
}

function advice(status, where) {
  if (status === 401) return "the server does not accept the key (401): check LOGGER_API_KEY";
  if (status === 403)
    return "the key lacks the scope logs:write, or may not be used from this address (403): ask your provider";
  if (status === 404 || status === 405) return `${where} takes no logs (${status}): check LOGGER_API_URL`;
  if (status >= 300 && status < 400)
    return `${where} redirects elsewhere (${status}): set LOGGER_API_URL to the final address`;
  if (status === 429) return "the server takes no more for now (429): entries are kept and sent later";
  return `${where} answers ${status}: entries are kept and sent later`;
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function problem(body, errors) {
  const faults = errors.filter((fault) => Number.isInteger(fault?.index));
  return {
    detail: typeof body?.detail === "string" ? body.detail : "",
    faults: new Map(faults.map((fault) => [fault.index, [fault.field, fault.message].filter(Boolean).join(" ")])),
  };
}
