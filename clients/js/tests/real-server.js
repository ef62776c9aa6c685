import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const programs = process.env.CENTRAL_LOGGER_BIN;

/** The option of a test that needs the real server: without its program the test is left out. */
export const needsRealServer = { skip: programs ? false : "CENTRAL_LOGGER_BIN names no folder of programs" };

/**
 * Starts central-logger with an empty database, until the end of the test.
 *
 * @returns {Promise<{ url: string, key: string }>} its address, and a key that may write and read
 */
export async function startRealServer(test) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "central-logger-js-"));
  const { PATH, HOME } = process.env;
  const server = spawn(
    path.join(programs, "central-logger"),
    ["--bind", "127.0.0.1:0", "--database-url", `sqlite:${path.join(folder, "logs.db")}`, "--quickstart"],
    { cwd: folder, env: { PATH, HOME } },
  );
  test.after(async () => {
    if (server.exitCode === null && server.kill("SIGKILL")) await once(server, "exit");
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const printed = { stdout: "", stderr: "" };
  return new Promise((resolve, reject) => {
    for (const output of ["stdout", "stderr"]) {
      server[output].on("data", (data) => {
        printed[output] += data;
        const url = /"message":"listening".*?"url":"([^"]*)"/.exec(printed.stderr)?.[1];
        // The character behind it shows that all of it has come.
        const key = /(cl_live_\w+)\W/.exec(printed.stdout)?.[1];
        if (url && key) resolve({ url, key });
      });
    }
    server.on("error", reject);
    server.on("exit", () => reject(new Error(`the server does not start: ${printed.stdout}${printed.stderr}`)));
  });
}
