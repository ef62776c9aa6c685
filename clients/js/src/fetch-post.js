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
    const body = `${entries.join("\n")}\n`;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#timeoutMs);
    try {
      const response = await fetch(this.#address, {
        method: "POST",
        headers: { "Content-Type": "application/x-ndjson" },
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
        body: await response.text(),
      };
      return this.#withAdvice(
        judge(answer, { where, now }),
        answer.status,
        clockFault(response.headers.get("date"), now),
      );
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

  #withAdvice(verdict, status, clockReport) {
    if (verdict.kind !== "kept") return verdict;
    if (status === 401)
      return { ...verdict, report: "nobody is signed in on this page (401): entries are kept until somebody is" };
    return { ...verdict, report: clockReport ?? verdict.report };
  }
}
