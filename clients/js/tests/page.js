import { webcrypto } from "node:crypto";

/**
 * Gives this process what a page has until the end of the test. Returns its document.
 *
 * @param {{ after(end: () => void): void }} test
 * @param {{ address: string, fetch: typeof fetch }} browser
 */
export function showPage(test, { address, fetch }) {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const globals = { document: page, location: new URL(address), fetch, crypto: webcrypto };
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    test.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  }
  return page;
}
