/** @returns {number} milliseconds of a clock that never goes back, since an arbitrary moment */
export function monotonic() {
  return performance.now();
}
