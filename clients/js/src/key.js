import fs from "node:fs";

const VISIBLE = /^[\x21-\x7e]+$/;

/** A reason why there is no key to send. */
export class NoKey extends Error {}

/** The API key, from a setting or from a file that is read again once it changes. */
export class KeySource {
  #key;
  #file;
  #seen = "";
  #inFile = "";

  /** @param {{ key?: string, keyFile?: string }} settings */
  constructor({ key, keyFile }) {
    this.#key = key;
    this.#file = keyFile;
  }

  /**
   * @returns {string} the key that is valid now
   * @throws {NoKey} when there is none
   */
  current() {
    const key = this.#key ?? (this.#file && this.#readFile());
    if (!key) throw new NoKey("there is no API key: set LOGGER_API_KEY or LOGGER_API_KEY_FILE");
    if (!VISIBLE.test(key))
      throw new NoKey("the API key has blanks or other characters that no key has: set LOGGER_API_KEY");
    return key;
  }

  #readFile() {
    try {
      const { mtimeMs, size, ino } = fs.statSync(this.#file);
      const version = `${mtimeMs}-${size}-${ino}`;
      if (version !== this.#seen) {
        this.#inFile = fs
          .readFileSync(this.#file, "utf8")
          .replace(/^\ufeff/, "")
          .trim();
        this.#seen = version;
      }
      return this.#inFile;
    } catch (error) {
      throw new NoKey(`the key file ${this.#file} cannot be read (${error.code}): check LOGGER_API_KEY_FILE`);
    }
  }
}
