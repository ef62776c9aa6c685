import { byteLength } from "./byte-length.js";
import { clockFault, judge } from "./judge.js";

// A browser refuses to let a larger request outlive its page.
const MAX_KEEPALIVE = 64 * 1024;

/** Posts entries by the session of a page. */
export class FetchPost {
  #address;
  #timeoutMs;

  /** @param {{ address: URL, timeout: number }} settings */
  constructor({ address, timeout }) {
    this.#address = address;
    this.#timeoutMs = timeout * 1000;
  }

  /**
   * @param {string[]} entries
   * @returns {Promise<import("./judge.js").Verdict>}
   */
  async post(entries) {
    const where = this.#address.pathname;
    // Under a session a server takes JSON alone, since a form of another site cannot send that.
    const body = `[${entries.join(",")}]`;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#timeoutMs);
    try {
      const response = await fetch(this.#address, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        credentials: "same-origin",
        redirect: "error",
        keepalive: byteLength(body) <= MAX_KEEPALIVE,
        signal: limit.signal,
      });
      const now = Date.now();
      const answer = {
        status: response.status,
        retryAfter: response.headers.get("retry-after"),
        contentType: response.headers.get("content-type"),
        date: response.headers.get("date"),
        body: await response.text(),
      };
      const verdict = judge(answer, { where, now, entries });
      return this.#withAdvice(verdict, answer, clockFault(answer.date, now));
    } catch (error) {
      return {
        kind: "kept",
        report: `no answer from ${where} (${error.message}): entries are kept and sent later`,
        wait: null,
      };
    } finally {
      clearTimeout(timer);
    }
  }

  #withAdvice(verdict, answer, clockReport) {
    if (verdict.kind !== "kept") return verdict;
    return { ...verdict, report: adviceOfSession(answer) ?? clockReport ?? verdict.report };
  }
}

// In a page there is no key, of which the advice for programs speaks.
function adviceOfSession({ status, body }) {
  if (status === 401) return "nobody is signed in on this page (401): entries are kept until somebody is";
  if (status !== 403) return null;
  const { type, detail } = problemIn(body);
  if (String(type).endsWith("#cross-site"))
    return "the server does not take this page for one of its own (403): open it at the address in LOGGER_PUBLIC_URL; entries are kept";
  const reason = typeof detail === "string" ? `403: ${detail}` : "403";
  return `the session of this page may not send logs (${reason}): sign in with the scope logs:write; entries are kept`;
}

function problemIn(body) {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}
