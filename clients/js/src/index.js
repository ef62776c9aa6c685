export { Client } from "./client.js";
export { WinstonTransport } from "./winston.js";
export { workflow } from "./workflow.js";
