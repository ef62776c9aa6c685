import http from "node:http";
import https from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { clockFault, judge } from "./judge.js";
import { NoKey } from "./key.js";

const GZIP_FROM = 1024;
/** Hosts that are reached without a network: to compress a body would take longer than what it spares. */
const THIS_MACHINE = /^(localhost|127\.[\d.]+|\[::1\])$/;
const LONGEST_ANSWER = 4 * 1024 * 1024;
const BROKEN = new Set(["ECONNRESET", "EPIPE"]);
const compress = promisify(gzip);

/** Posts entries to the server, over one connection that is kept. */
export class HttpPost {
  #address;
  #keys;
  #timeoutMs;
  #userAgent;
  #report;
  #client;
  #agent;
  #request = null;

  /**
   * @param {{ address: URL | null, keys: import("./key.js").KeySource, timeout: number, userAgent: string }} settings
   * @param {(text: string) => void} report
   */
  constructor({ address, keys, timeout, userAgent }, report) {
    this.#address = address;
    this.#keys = keys;
    this.#timeoutMs = timeout * 1000;
    this.#userAgent = userAgent;
    this.#report = report;
    this.#client = address?.protocol === "https:" ? https : http;
    this.#agent = new this.#client.Agent({ keepAlive: true, maxSockets: 1 });
  }

  /**
   * @param {string[]} entries
   * @returns {Promise<import("./judge.js").Verdict>}
   */
  async post(entries) {
    if (!this.#address) return kept("there is no valid address: set LOGGER_API_URL to https://HOST/api/v1/logs");
    const where = this.#address.origin + this.#address.pathname;
    try {
      const key = this.#keys.current();
      const answer = await this.#exchange(...(await this.#prepare(entries, key)));
      const now = Date.now();
      // A server may repeat the key, and what it says is reported.
      const body = answer.body.replaceAll(key, "[key]");
      const verdict = judge({ ...answer, body }, { where, now, entries });
      const fault = clockFault(answer.date, now);
      if (fault && !(verdict.kind === "kept" && verdict.report === fault)) this.#report(fault);
      return verdict;
    } catch (error) {
      if (error instanceof NoKey) return kept(error.message);
      return kept(`no answer from ${where} (${error.code ?? error.message}): entries are kept and sent later`);
    }
  }

  /** Ends the connection and a request that is under way. */
  close() {
    this.#request?.destroy();
    this.#agent.destroy();
  }

  async #prepare(entries, key) {
    const headers = {
      "Content-Type": "application/x-ndjson",
      "User-Agent": this.#userAgent,
      "X-API-Key": key,
    };
    const text = Buffer.from(`${entries.join("\n")}\n`);
    if (text.length <= GZIP_FROM || THIS_MACHINE.test(this.#address.hostname)) return [headers, text];
    return [{ ...headers, "Content-Encoding": "gzip" }, await compress(text, { level: 1 })];
  }

  async #exchange(headers, body) {
    try {
      return await this.#attempt(headers, body);
    } catch (error) {
      // The server may end an idle connection at the moment it is used again.
      if (error.isReused && BROKEN.has(error.code)) return this.#attempt(headers, body);
      throw error;
    }
  }

  #attempt(headers, body) {
    return new Promise((resolve, reject) => {
      const request = this.#client.request(this.#address, {
        method: "POST",
        agent: this.#agent,
        headers: { ...headers, "Content-Length": body.length },
        // Else Node 18 tries only the first address of a name such as localhost.
        autoSelectFamily: true,
      });
      const limit = setTimeout(() => request.destroy(named("ETIMEDOUT")), this.#timeoutMs);
      limit.unref();
      request.on("socket", (socket) => socket.unref());
      request.on("error", (error) => reject(Object.assign(error, { isReused: request.reusedSocket })));
      request.on("close", () => clearTimeout(limit));
      request.on("response", (response) => readAnswer(response).then(resolve, reject));
      this.#request = request;
      request.end(body);
    });
  }
}

async function readAnswer(response) {
  const answer = {
    status: response.statusCode,
    retryAfter: response.headers["retry-after"],
    contentType: response.headers["content-type"],
    date: response.headers.date,
    body: "",
  };
  const chunks = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > LONGEST_ANSWER) throw named("an answer of over 4 MiB");
    chunks.push(chunk);
  }
  answer.body = Buffer.concat(chunks).toString();
  return answer;
}

/** @returns {import("./judge.js").Verdict} */
function kept(report) {
  return { kind: "kept", report, wait: null };
}

function named(code) {
  return Object.assign(new Error(code), { code });
}
