const NAME = /^([0-9a-f]{16}-[0-9a-f]{16})-(\d+\.\d+\.\d+)\.spool$/;

/**
 * @param {number} created in microseconds since 1970
 * @param {string} random 16 hex digits
 * @param {string} owner
 */
export function segmentName(created, random, owner) {
  return `${created.toString(16).padStart(16, "0")}-${random}-${owner}.spool`;
}

/**
 * @param {string} name of a file
 * @returns {string | null} its owner, or `null` when it is no segment
 */
export function ownerIn(name) {
  return NAME.exec(name)?.[2] ?? null;
}

/**
 * @param {string} name of a segment
 * @param {string} owner the new one
 */
export function withOwner(name, owner) {
  return name.replace(NAME, `$1-${owner}.spool`);
}
