import zlib from "node:zlib";

const TABLE = new Int32Array(256).map((_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** @param {Uint8Array} bytes */
export function crc32ByTable(bytes) {
  let crc = -1;
  for (let i = 0; i < bytes.length; i += 1) crc = TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * The CRC-32 of zlib. Node 18 has none of its own.
 *
 * @type {(bytes: Uint8Array) => number}
 */
export const crc32 = /** @type {any} */ (zlib).crc32 ?? crc32ByTable;
