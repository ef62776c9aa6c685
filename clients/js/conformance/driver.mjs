// The driver of the conformance suite; clients/conformance/README.md describes its commands.
import { createInterface } from "node:readline";
import { Client } from "../src/index.js";

const client = new Client(optionsOf(JSON.parse(process.env.CLIENT_OPTIONS || "{}")));

const commands = {
  log({ entry }) {
    client.log(entry);
  },
  async flush({ timeout }) {
    return { flushed: await client.flush(timeout) };
  },
  stats() {
    const { spooledBytes, ...counters } = client.stats();
    return { stats: { ...counters, spooled_bytes: spooledBytes } };
  },
  async close({ timeout }) {
    await client.close(timeout);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const run = Object.hasOwn(commands, command.do) ? commands[command.do] : null;
  const answer = run ? { ok: true, ...(await run(command)) } : { ok: false, error: "unsupported" };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function optionsOf(given) {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [camelCase(name), value]));
}

function camelCase(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}
