import type { Writable } from "node:stream";
import type { ClientOptions } from "./index.js";

/** The options of `central-logger/pino`. pino grants 10 s at the end, so `shutdownTimeout` is 8 by default. */
export type PinoTransportOptions = ClientOptions;

/**
 * Makes the stream that `pino.transport({ target: "central-logger/pino", options })` starts in a worker.
 *
 * @example
 * const logger = pino(pino.transport({ target: "central-logger/pino", options: { workflow: "invoices" } }));
 */
export default function pinoTransport(options?: PinoTransportOptions): Writable & { flush(): Promise<boolean> };
