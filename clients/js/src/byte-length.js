const encoder = new TextEncoder();

/**
 * The length of a text in UTF-8.
 *
 * @type {(text: string) => number}
 */
export const byteLength = globalThis.Buffer ? (text) => Buffer.byteLength(text) : (text) => encoder.encode(text).length;
