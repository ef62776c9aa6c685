// Compiled only: what users of the types may write, and what not.
import { Client, WinstonTransport, workflow, type Stats } from "central-logger";
import pinoTransport from "central-logger/pino";
import { Client as PageClient } from "central-logger/browser";

const client = new Client({ workflow: "invoices", spoolDir: "/var/spool/invoices", linger: 0.5 });
const wasTaken: boolean = client.log({ message: "stored the rows", rows: 41, at: { city: "Berlin" } });
const stats: Stats = client.stats();
const rows: number = workflow("invoices", (run) => (run.log("begins") ? 1 : 2));
const later: Promise<string> = client.workflow("invoices", async (run) => run.id);
const transport = new WinstonTransport({ level: "warn", client });
const ended: Promise<boolean> = pinoTransport({ key: "unused" }).flush();
const inPage: boolean = new PageClient({ workflow: "checkout" }).log("text");
export { ended, inPage, later, rows, stats, transport, wasTaken };

// @ts-expect-error: options are in camelCase.
new Client({ spool_dir: "/var/spool/invoices" });
// @ts-expect-error: a message is a text.
client.log({ message: 41 });
// @ts-expect-error: a page has no key.
new PageClient({ key: "abc" });
