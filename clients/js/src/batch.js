/** Entries taken from the queue, in groups that are sent one after the other. */
export class Batch {
  #groups;
  #finish;

  /** @param {{ entries: string[], finish: () => void }} taken */
  constructor({ entries, finish }) {
    this.#groups = [entries];
    this.#finish = finish;
  }

  /** @returns {string[]} what to send next; empty once all is settled */
  get group() {
    return this.#groups[0] ?? [];
  }

  /** Settles the group, and the batch with its last one. Returns the entries. */
  settle() {
    const [group] = this.#groups.splice(0, 1);
    if (this.#groups.length === 0) this.#finish();
    return group;
  }

  /** Divides the group into halves. */
  split() {
    const [group] = this.#groups;
    const middle = Math.ceil(group.length / 2);
    this.#groups.splice(0, 1, group.slice(0, middle), group.slice(middle));
  }

  /** Takes the entries at `places` out of the group; some must be left. */
  without(places) {
    const [group] = this.#groups;
    this.#groups[0] = group.filter((_, place) => !places.has(place));
  }
}
