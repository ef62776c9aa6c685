import http from "node:http";
import { gunzipSync } from "node:zlib";

/**
 * Starts a server that answers each request by the next of `answers`, and by 201 after the last one.
 *
 * An answer is a status, or `{ status, headers, body }`, or a function of the request that returns one of these.
 */
export async function startServer(test, answers = []) {
  const requests = [];
  const server = http.createServer(async (incoming, response) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const text = (incoming.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
    const entries = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const request = { method: incoming.method, path: incoming.url, headers: incoming.headers, text, entries };
    requests.push(request);
    let answer = answers.shift() ?? 201;
    if (typeof answer === "function") answer = answer(request);
    if (answer === "cut") return incoming.socket.destroy();
    if (answer === "silence") return undefined;
    const { status, headers, body: told } = typeof answer === "number" ? { status: answer } : answer;
    const answerBody = told === undefined ? bodyOf(status, entries.length) : told;
    response.writeHead(status, { ...typeOf(status), ...headers }).end(JSON.stringify(answerBody));
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, requests, stored: () => requests.flatMap((request) => request.entries) };
}

/** What the server says of so many entries: their receipt, if it has stored them. */
export function bodyOf(status, count) {
  return status === 201 ? { accepted: count, ids: Array(count).fill("id") } : {};
}

/** The headers that tell what a body is. */
export function typeOf(status) {
  return { "content-type": status >= 400 ? "application/problem+json" : "application/json" };
}
