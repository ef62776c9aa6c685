const REMEDIES = {
  ENOSPC: "the disk is full: make room",
  EDQUOT: "the disk quota is used up: make room",
  EACCES: "permission is missing: let this program write to it",
  EPERM: "permission is missing: let this program write to it",
  EROFS: "it is on a read-only disk: set spoolDir to another folder",
  ENOTDIR: "it is not a folder: set spoolDir to one",
  EEXIST: "it is not a folder: set spoolDir to one",
};

/**
 * Returns what to do about a fault of the file system.
 *
 * @param {any} error
 */
export function explain(error) {
  return REMEDIES[error.code] ?? error.message;
}
