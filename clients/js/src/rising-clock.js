// A time that is further ahead of another than this is that of a clock that was wrong.
const MOST_AHEAD = 3_600_000_000;

/**
 * Wall-clock time in microseconds that rises strictly, also when the clock stands still or goes back by up to an hour. It
 * begins again once a clock that was further ahead is right: the server refuses times of the future.
 */
export class RisingClock {
  #wall;
  #monotonic;
  #offset = -Infinity;
  #last = 0;

  /**
   * @param {() => number} wall milliseconds since 1970
   * @param {() => number} monotonic milliseconds, with a fraction
   */
  constructor(wall = Date.now, monotonic = () => performance.now()) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  /** @returns {number} microseconds since 1970, later than those returned before */
  next() {
    return this.notBefore(this.#now());
  }

  /**
   * Returns a given time, or the first one later than those returned before.
   *
   * @param {number} microseconds
   */
  notBefore(microseconds) {
    const wasWrong = this.#last - microseconds > MOST_AHEAD;
    this.#last = wasWrong ? microseconds : Math.max(microseconds, this.#last + 1);
    return this.#last;
  }

  // The wall clock has milliseconds only; the monotonic one adds the digits below, and is moved into that millisecond.
  #now() {
    const earliest = this.#wall() * 1000;
    const monotonic = Math.floor(this.#monotonic() * 1000);
    const now = Math.min(Math.max(monotonic + this.#offset, earliest), earliest + 999);
    this.#offset = now - monotonic;
    return now;
  }
}

/** The clock of all clients in this process (or worker). */
export const processClock = new RisingClock();

/**
 * @param {number} microseconds since 1970
 * @returns {string} RFC 3339 in UTC, with six digits after the second
 */
export function rfc3339(microseconds) {
  const milliseconds = Math.floor(microseconds / 1000);
  const below = String(microseconds - milliseconds * 1000).padStart(3, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${below}Z`;
}
