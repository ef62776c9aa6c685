import fs from "node:fs";

/** The owner part in the names of this process's segments: process id, its start and its pid namespace. */
export const ownOwner = `${process.pid}.${startOf("self") ?? 0}.${namespace()}`;

/**
 * Returns whether the owner of a segment is a process of this machine that has ended.
 *
 * @param {string} owner
 */
export function isGone(owner) {
  const [pid, start, space] = owner.split(".");
  if (space !== namespace()) return false;
  if (!isRunning(Number(pid))) return true;
  const startNow = startOf(pid);
  return startNow !== null && start !== "0" && startNow !== start;
}

function isRunning(pid) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return stateOf(pid) !== "Z";
  } catch (error) {
    return error.code === "EPERM";
  }
}

function startOf(pid) {
  return statFields(pid)?.[19] ?? null;
}

// A process that was killed and not waited for keeps its number, and writes no more.
function stateOf(pid) {
  return statFields(pid)?.[0] ?? null;
}

// The fields from the third on: the second is the name of the program, which may contain blanks.
function statFields(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function namespace() {
  try {
    return String(fs.statSync("/proc/self/ns/pid").ino);
  } catch {
    return "0";
  }
}
