import { Client } from "./client.js";

let client;

/** Returns the client that has its settings from the environment. */
export function defaultClient() {
  client ??= new Client();
  return client;
}
