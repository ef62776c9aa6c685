import { monotonic } from "./monotonic.js";

const MINUTE_MS = 60_000;

/** Tells the people who run the program what is wrong, by at most one line a minute, and by a last one at the end. */
export class Reports {
  #write;
  #now;
  #last = -Infinity;
  #heldBack = 0;

  /**
   * @param {(line: string) => void} write
   * @param {() => number} now milliseconds
   */
  constructor(write, now = monotonic) {
    this.#write = write;
    this.#now = now;
  }

  /** @param {string} text */
  report(text) {
    const now = this.#now();
    if (now - this.#last < MINUTE_MS) {
      this.#heldBack += 1;
      return;
    }
    this.#tell(text, now);
  }

  /**
   * Writes a line that nothing may hold back, since the client ends with it.
   *
   * @param {string} text
   */
  reportAtEnd(text) {
    this.#tell(text, this.#now());
  }

  #tell(text, now) {
    const more = this.#heldBack > 0 ? ` (${this.#heldBack} more reports since the last one)` : "";
    this.#last = now;
    this.#heldBack = 0;
    this.#write(`central-logger: ${text.replace(/\s+/g, " ")}${more}`);
  }
}
