// Jobs that are killed, hang or are never started: what a person sees, and what a webhook and a mailbox get.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Person, startBrowser } from "./browser.js";
import { look } from "./look.js";
import { Webhook } from "./packages.js";
import { databases, programs, Site } from "./site.js";

const WORKFLOWS = ["absent", "hanging", "killed", "stopped"];

/** A port at which nobody listens. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Asks again and again until there is an answer. */
async function until(ask, what) {
  for (let attempt = 0; attempt < 1200; attempt += 1) {
    const answer = await ask();
    if (answer) return answer;
    await sleep(100);
  }
  return assert.fail(`${what} did not come`);
}

/** A receiver of webhooks. */
class Receiver {
  static async start() {
    const receiver = new Receiver();
    receiver.messages = [];
    receiver.server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      receiver.messages.push({ headers: request.headers, body });
      response.writeHead(204).end();
    }).listen(0, "127.0.0.1");
    await once(receiver.server, "listening");
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`;
    return receiver;
  }

  /** What messages of a type said, by workflow. The library of Standard Webhooks has verified each. */
  heard(type, secret) {
    const webhook = new Webhook(secret);
    const bodies = this.messages.map(({ headers, body }) => webhook.verify(body, headers));
    const data = bodies.filter((body) => body.type === type).map((body) => body.data);
    return Object.fromEntries(data.map(({ workflow, kind }) => [workflow, kind]));
  }

  stop() {
    this.server.close();
  }
}

/** The mail server of Debian, which prints what it gets. */
class Mailbox {
  static async start() {
    const mailbox = new Mailbox();
    mailbox.port = await freePort();
    const handler = ["-c", "aiosmtpd.handlers.Debugging", "stdout"];
    const env = { ...process.env, PYTHONUNBUFFERED: "1" };
    mailbox.server = spawn("aiosmtpd", ["-n", "-l", `127.0.0.1:${mailbox.port}`, ...handler], { env });
    process.once("exit", () => mailbox.server.kill());
    mailbox.printed = "";
    mailbox.server.stdout.on("data", (data) => (mailbox.printed += data));
    return mailbox;
  }

  /** What it got, without the line ends of quoted-printable. */
  get text() {
    return this.printed.replace(/=\r?\n/g, "").replace(/=3D/g, "=");
  }

  stop() {
    this.server.kill();
  }
}

for (const database of databases) {
  describe(database, () => {
    let browser, site, receiver, mailbox, key;
    const jobs = [];
    before(async () => {
      [browser, receiver, mailbox] = await Promise.all([startBrowser(), Receiver.start(), Mailbox.start()]);
      site = new Site();
      await site.prepare(database);
      const port = await freePort();
      const mail = ["--smtp-url", `smtp://127.0.0.1:${mailbox.port}`, "--smtp-from", "logs@example.com"];
      const reach = ["--channel-reach", "anywhere", "--public-url", `http://127.0.0.1:${port}`];
      await site.serve([...mail, ...reach], port);
      ({ key } = await site.manager("acme_corp"));
    });
    after(async () => {
      for (const job of jobs) job.kill("SIGKILL");
      receiver.stop();
      mailbox.stop();
      await browser.close();
      await site.stop();
    });

    async function expect(workflow, monitor) {
      const answer = await fetch(`${site.url}/api/v1/workflows/${workflow}/monitor?environment=production`, {
        method: "PUT",
        headers: { "X-API-Key": key, "Content-Type": "application/json" },
        body: JSON.stringify(monitor),
      });
      assert.equal(answer.status, 200, await answer.text());
    }

    function run(workflow, ...command) {
      const environment = { ...site.environment, LOGGER_API_URL: site.url, LOGGER_API_KEY: key };
      const job = ["run", "--workflow", workflow, "--environment", "production", "--", ...command];
      const child = spawn(join(programs, "central-logger-send"), job, { env: environment, cwd: site.directory });
      jobs.push(child);
      return child;
    }

    /** Starts a job that goes on, once it is known to run. */
    async function start(workflow) {
      const job = run(workflow, "sleep", "600");
      await until(async () => {
        const path = `${site.url}/api/v1/logs?workflow=${workflow}&status=RUNNING`;
        const found = await (await fetch(path, { headers: { "X-API-Key": key } })).json();
        return found.logs.length > 0;
      }, workflow);
      return job;
    }

    /** Loads a page until it shows a text. */
    async function see(person, path, text) {
      await until(async () => {
        await person.open(path);
        return person.page.locator("main").getByText(text).first().isVisible();
      }, text);
    }

    test("the person, the receiver and the mailbox hear of each, and of its end", async () => {
      const gina = await Person.at(browser, site);
      await gina.signIn(await site.signInLink("acme_corp", "Gina"));
      await gina.open("/console/channels");
      await gina.page.getByLabel("URL of the webhook").fill(receiver.url);
      await gina.press("Add the channel");
      const secret = (await gina.page.locator("pre.key").innerText()).trim();
      await gina.page.getByRole("radio", { name: "mail", exact: true }).check();
      await gina.page.getByLabel("Or an address for mail").fill("ops@acme.example");
      await gina.press("Add the channel");
      await gina.page.getByText("A link is mailed there").waitFor();
      if (database === "SQLite") await look(gina.page, "channels");

      const link = await until(() => /http:\S+\/confirm\/acme_corp\/\S+/.exec(mailbox.text)?.[0], "the link");
      const reader = await Person.at(browser, site);
      await reader.open(link);
      if (database === "SQLite") await look(reader.page, "confirm");
      await reader.press("Send them here");
      await reader.page.getByText("go to this mailbox from now on").waitFor();
      await reader.open(link, 410);
      await reader.leave();

      await expect("absent", { cron: "* * * * *", grace: "1s" });
      for (const workflow of ["hanging", "killed", "stopped"]) await expect(workflow, { every: "1h", max_runtime: "2s" });
      await once(run("absent", "true"), "exit");
      const [hanging, killed, stopped] = await Promise.all(["hanging", "killed", "stopped"].map(start));
      // Nobody is left to say how it ended.
      killed.kill("SIGKILL");
      stopped.kill("SIGTERM");
      const heard = await until(() => {
        const heard = receiver.heard("incident.began", secret);
        return Object.keys(heard).length === WORKFLOWS.length && heard;
      }, "each incident");
      assert.deepEqual(heard, { absent: "run_missed", hanging: "run_stuck", killed: "run_stuck", stopped: "run_failed" });
      for (const said of ["absent did not run", "hanging does not end", "killed does not end", "stopped failed"]) {
        await until(() => mailbox.text.includes(`Subject: ${said}`), said);
      }

      await gina.open("/console/incidents?open=true");
      for (const workflow of WORKFLOWS) {
        await gina.page.getByRole("rowheader", { name: workflow }).first().waitFor();
      }
      if (database === "SQLite") await look(gina.page, "incidents");
      await gina.open("/console/workflows");
      for (const state of ["late", "stuck", "failing"]) await gina.page.locator("main").getByText(state).first().waitFor();
      if (database === "SQLite") await look(gina.page, "workflows-in-trouble");

      // All is well again.
      hanging.kill("SIGTERM");
      await expect("absent", { every: "1h" });
      await Promise.all(WORKFLOWS.map((workflow) => once(run(workflow, "true"), "exit")));
      await until(() => {
        const over = receiver.heard("incident.ended", secret);
        return ["hanging", "killed", "stopped"].every((workflow) => workflow in over);
      }, "each end");
      await see(gina, "/console/incidents?open=true", "No incidents");
      await gina.leave();
    });
  });
}
