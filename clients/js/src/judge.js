import { retryAfter } from "./backoff.js";

const DAY_MS = 86_400_000;
const REFUSALS = new Set([400, 413, 422]);

/**
 * What the answer to a request means for the entries in it.
 *
 * @typedef {{ kind: "delivered" }
 *   | { kind: "refused", status: number, detail: string, faults: Map<number, string> }
 *   | { kind: "kept", report: string, wait: number | null }} Verdict
 */

/**
 * @param {{ status: number, retryAfter?: string | null, body: string }} answer
 * @param {{ where: string, now: number }} context the address without secrets, and the time in milliseconds since 1970
 * @returns {Verdict}
 */
export function judge(answer, { where, now }) {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (REFUSALS.has(status)) return { kind: "refused", status, ...problem(answer.body) };
  return { kind: "kept", report: advice(status, where), wait: retryAfter(answer.retryAfter, now) };
}

/**
 * Returns a report when the clocks of this machine and the server are over a day apart.
 *
 * @param {string | null | undefined} date of the answer
 * @param {number} now milliseconds since 1970
 */
export function clockFault(date, now) {
  const days = Math.round((now - Date.parse(date ?? "")) / DAY_MS);
  if (!(Math.abs(now - Date.parse(date ?? "")) > DAY_MS)) return null;
  return `the clock of this machine is ${Math.abs(days)} days ${days > 0 ? "ahead of" : "behind"} the server's: set the clock`;
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

function problem(body) {
  let parsed;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = null;
  }
  const faults = Array.isArray(parsed?.errors) ? parsed.errors.filter((fault) => Number.isInteger(fault?.index)) : [];
  return {
    detail: typeof parsed?.detail === "string" ? parsed.detail : "",
    faults: new Map(faults.map((fault) => [fault.index, [fault.field, fault.message].filter(Boolean).join(" ")])),
  };
}
