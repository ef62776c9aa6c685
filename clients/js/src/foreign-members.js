// The server gives these itself and refuses entries that have them, but other libraries' records do.
const RESERVED = ["id", "client_id", "received_at"];

/**
 * Renames members that only the server may set: `id` becomes `id_`.
 *
 * @param {Record<string, any>} members
 */
export function renameReserved(members) {
  for (const name of RESERVED) {
    if (!(name in members)) continue;
    members[`${name}_`] = members[name];
    delete members[name];
  }
  return members;
}
