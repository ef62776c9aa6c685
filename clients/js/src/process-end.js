const open = new Set();

/**
 * Has a client flushed when the process has nothing left to do, and abandoned when it ends.
 *
 * @param {{ flushAtEnd(): void, abandon(): void }} client
 */
export function watchProcessEnd(client) {
  if (open.size === 0) {
    process.on("beforeExit", flushAll);
    process.on("exit", abandonAll);
  }
  open.add(client);
}

export function forgetProcessEnd(client) {
  open.delete(client);
  if (open.size > 0) return;
  process.off("beforeExit", flushAll);
  process.off("exit", abandonAll);
}

function flushAll() {
  for (const client of open) client.flushAtEnd();
}

function abandonAll() {
  for (const client of [...open]) client.abandon();
}
