import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { logsAddress } from "../src/address.js";
import { KeySource } from "../src/key.js";
import { readSettings } from "../src/settings.js";
import { VERSION } from "../src/version.js";
import { makeFolder } from "./folder.js";

test("options beat the environment, which beats the defaults", () => {
  const variables = { LOGGER_API_URL: "http://a", LOGGER_API_KEY: "k", LOGGER_ENVIRONMENT: "e" };
  assert.deepEqual(pick(readSettings({}, variables)), {
    url: "http://a",
    key: "k",
    keyFile: undefined,
    environment: "e",
  });
  const options = { url: "http://b", keyFile: "f", environment: "o" };
  assert.deepEqual(pick(readSettings(options, variables)), {
    url: "http://b",
    key: undefined,
    keyFile: "f",
    environment: "o",
  });
  assert.equal(readSettings({ linger: undefined }, {}).linger, 1);
  assert.equal(readSettings({}, { LOGGER_ENVIRONMENT: "" }).environment, "default");
});

test("an address gets the path that it lacks and loses its password", () => {
  for (const text of ["https://h", "https://h/", "https://h/api/v1/logs", "https://u:secret@h/api/v1/logs/#a"]) {
    assert.equal(logsAddress(text)?.href, "https://h/api/v1/logs");
  }
  assert.equal(logsAddress("http://h:1/logger/")?.href, "http://h:1/logger/api/v1/logs");
  for (const text of [undefined, "", "h", "ftp://h"]) assert.equal(logsAddress(text), null);
});

test("a key file is read again once it changes", (t) => {
  const file = path.join(makeFolder(t), "key");
  const keys = new KeySource({ keyFile: file });
  assert.throws(() => keys.current(), /cannot be read \(ENOENT\)/);
  fs.writeFileSync(file, "first\n");
  assert.equal(keys.current(), "first");
  fs.writeFileSync(file, "second\r\n");
  assert.equal(keys.current(), "second");
});

test("without a usable key the reason says what to set, and not the key", () => {
  assert.throws(() => new KeySource({}).current(), /set LOGGER_API_KEY/);
  assert.throws(
    () => new KeySource({ key: "two words" }).current(),
    (error) => /set LOGGER_API_KEY/.test(error.message) && !error.message.includes("two"),
  );
});

test("the version is that of the package", () => {
  assert.equal(VERSION, JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);
});

function pick({ url, key, keyFile, environment }) {
  return { url, key, keyFile, environment };
}
