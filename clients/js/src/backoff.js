const FIRST_MS = 500;
const LONGEST_MS = 60_000;
// A server that wishes for no wait at all would be asked without end.
const SHORTEST_WISH_MS = 50;
const LONGEST_WISH_MS = 3_600_000;

/** How long to wait until the next attempt. */
export class Backoff {
  #failures = 0;
  #random;

  /** @param {() => number} random from 0 up to 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  reset() {
    this.#failures = 0;
  }

  /**
   * Counts a failure and returns the wait in milliseconds.
   *
   * @param {number | null} [wish] that of the server
   */
  next(wish) {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return wish == null ? this.#random() * longest : Math.min(Math.max(wish, SHORTEST_WISH_MS), LONGEST_WISH_MS);
  }
}

/**
 * Reads a `Retry-After`, which holds seconds or a date.
 *
 * @param {string | null | undefined} text
 * @param {number} now milliseconds since 1970
 * @returns {number | null} milliseconds
 */
export function retryAfter(text, now) {
  if (!text) return null;
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
