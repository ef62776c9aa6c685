import { renameReserved } from "./foreign-members.js";
import { processClock, rfc3339 } from "./rising-clock.js";

/** @type {[number, string][]} */
const LEVELS = [
  [60, "FATAL"],
  [50, "ERROR"],
  [40, "WARN"],
  [30, "INFO"],
  [20, "DEBUG"],
];

/**
 * Returns the entry for a line of pino.
 *
 * @param {string} line
 * @returns {object | string} a line that is no JSON object is a message
 */
export function entryOfLine(line) {
  const record = parse(line);
  if (typeof record !== "object" || record === null || Array.isArray(record)) return line;
  const { level, time, msg, ...members } = record;
  return renameReserved({
    status: statusOf(level),
    ...(msg === undefined ? {} : { message: msg }),
    ...timeOf(time),
    ...members,
  });
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

// A level between two others counts as the lower one.
function statusOf(level) {
  if (typeof level !== "number") return level ? String(level).toUpperCase() : "INFO";
  return LEVELS.find(([lowest]) => level >= lowest)?.[1] ?? "TRACE";
}

// The lines of a millisecond keep their order.
function timeOf(time) {
  const milliseconds = typeof time === "number" ? time : Date.parse(time);
  return Number.isFinite(milliseconds)
    ? { executed_at: rfc3339(processClock.notBefore(Math.round(milliseconds * 1000))) }
    : {};
}
