import { StringDecoder } from "node:string_decoder";
import { Writable } from "node:stream";
import { Client } from "./client.js";
import { entryOfLine } from "./pino-line.js";

// pino gives a transport 10 s to end.
const SHUTDOWN_TIMEOUT = 8;

/**
 * The target `central-logger/pino` of `pino.transport`.
 *
 * @param {import("../types/index.d.ts").ClientOptions} [options]
 * @returns {Writable & { flush(): Promise<boolean> }}
 */
export default function pinoTransport(options = {}) {
  const client = new Client({ shutdownTimeout: SHUTDOWN_TIMEOUT, ...options });
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") client.log(entryOfLine(line));
  };
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, _encoding, next) {
      take(decoder.write(chunk));
      next();
    },
    final(done) {
      take(`${decoder.end()}\n`);
      client.close().then(() => done(), done);
    },
  });
  return Object.assign(stream, { flush: () => client.flush() });
}
