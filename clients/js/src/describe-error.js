/**
 * Returns what JSON would leave out of something thrown.
 *
 * @param {unknown} thrown
 */
export function describeError(thrown) {
  return thrown instanceof Error
    ? { type: thrown.name, text: thrown.message }
    : { type: typeof thrown, text: String(thrown) };
}
