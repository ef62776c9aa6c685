/** What a client reports of entries that are not stored: when it happens, and once more at the end. */
export class Losses {
  #reports;
  #last = "";

  /** @param {import("./reports.js").Reports} reports */
  constructor(reports) {
    this.#reports = reports;
  }

  /** @param {string} text about entries that were dropped or refused */
  report(text) {
    this.#last = text;
    this.#reports.report(text);
  }

  /**
   * Says what was lost: earlier reports may have been held back, and later ones do not come.
   *
   * @param {{ dropped: number, rejected: number }} counters
   * @param {{ lost: number, waiting: number, advice: string }} end how many entries of `dropped` are lost by the end,
   *   how many wait in the spool, and what would have kept those that are lost
   */
  reportAtEnd({ dropped, rejected }, { lost, waiting, advice }) {
    if (dropped + rejected === 0) return;
    const why = lost > 0 ? `${lost} entries were dropped at the end: ${advice}` : this.#last;
    this.#reports.reportAtEnd(`${why}; in total ${dropped} were dropped, ${rejected} were refused and ${waiting} wait`);
  }
}
