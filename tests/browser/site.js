// A server with its database, and the provider's command line.

import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** The folder of the programs. */
export const programs = process.env.CENTRAL_LOGGER_BIN;
const postgres = process.env.TEST_DATABASE_URL;

/** The databases that there are. */
export const databases = postgres ? ["SQLite", "PostgreSQL"] : ["SQLite"];

/** A new database and its URL. */
async function newDatabase(kind, directory) {
  if (kind === "SQLite") return `sqlite:${join(directory, "central-logger.db")}`;
  const name = `browser_${randomBytes(8).toString("hex")}`;
  await run("psql", [postgres, "--quiet", "--command", `CREATE DATABASE ${name}`]);
  return postgres.replace(/[^/]*$/, name);
}

export class Site {
  /** Starts a server on a free port, with an empty database. */
  static async start(kind = "SQLite", flags = []) {
    const site = new Site();
    await site.prepare(kind);
    await site.serve(flags);
    return site;
  }

  /** Makes a directory and a database. */
  async prepare(kind) {
    this.directory = await mkdtemp(join(tmpdir(), "central-logger-browser."));
    const { PATH, HOME } = process.env;
    this.environment = { PATH, HOME, DATABASE_URL: await newDatabase(kind, this.directory) };
  }

  /** Starts the server, at a free port unless one is given, and waits until it listens. */
  async serve(flags, port = 0) {
    const server = spawn(join(programs, "central-logger"), ["--bind", `127.0.0.1:${port}`, ...flags], {
      cwd: this.directory,
      env: this.environment,
    });
    this.server = server;
    // A test that fails must not wait for it.
    process.once("exit", () => server.kill("SIGKILL"));
    this.log = "";
    this.printed = "";
    server.stdout.on("data", (data) => {
      this.printed += data;
      this.heard?.();
    });
    this.url = await new Promise((resolve, reject) => {
      server.stderr.on("data", (data) => {
        this.log += data;
        const url = /"message":"listening".*?"url":"([^"]*)"/.exec(this.log)?.[1];
        if (url) resolve(url);
      });
      server.on("exit", () => reject(new Error(`the server did not start: ${this.log}`)));
    });
  }

  /** Waits until the server has printed something like this: it may listen before. */
  async says(pattern) {
    for (;;) {
      const found = pattern.exec(this.printed);
      if (found) return found[0];
      await new Promise((resolve) => (this.heard = resolve));
    }
  }

  async stop() {
    const { server } = this;
    if (server.exitCode === null) {
      const ended = new Promise((resolve) => server.on("exit", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    await rm(this.directory, { recursive: true });
  }

  /** What a command prints with `--json`. */
  async admin(...words) {
    const environment = { ...this.environment, LOGGER_PUBLIC_URL: this.url };
    const program = join(programs, "central-logger-admin");
    const { stdout } = await run(program, ["--json", ...words], { cwd: this.directory, env: environment });
    return JSON.parse(stdout);
  }

  /** Issues a key of a client. */
  async issue(client, ...words) {
    const { api_key: key, key_id: id } = await this.admin("issue", "--client", client, ...words);
    return { key, id };
  }

  /** Issues a key that may do all that a client may. */
  manager(client) {
    return this.issue(client, ...scopes("logs:write", "logs:read", "keys:manage"), "--name", "first key");
  }

  /** A link by which a person of a client signs in. */
  async signInLink(client, name = "Alice of Acme") {
    const all = scopes("logs:read", "logs:write", "keys:manage");
    return (await this.admin("sign-in-link", "--client", client, "--name", name, ...all)).url;
  }

  /** A link by which a person of the provider signs in. */
  async providerLink() {
    const all = scopes("provider:read", "provider:write");
    return (await this.admin("sign-in-link", "--provider", "--name", "Bob", ...all)).url;
  }

  /** Stores entries. */
  store(key, entries) {
    return this.call(key, "POST", "/api/v1/logs", entries);
  }

  /** Sends entries, whatever comes. */
  send(key, entries) {
    return this.ask(key, "POST", "/api/v1/logs", entries);
  }

  /** Calls the API with success. */
  async call(key, method, path, body) {
    const answer = await this.ask(key, method, path, body);
    const result = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(result)}`);
    return result;
  }

  /** Calls the API. */
  ask(key, method, path, body) {
    const headers = { "X-API-Key": key, "Content-Type": "application/json" };
    return fetch(this.url + path, { method, headers, body: JSON.stringify(body) });
  }
}

/** Waits until something is so that the server does in the background. */
export async function until(isSo) {
  for (;;) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function scopes(...names) {
  return names.flatMap((name) => ["--scope", name]);
}

/** An entry of a minute of the past. */
export function entry(minutesAgo, members = {}) {
  const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  return { environment: "production", executed_at: at, status: "SUCCESS", ...members };
}
