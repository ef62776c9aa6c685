// A client with a past: workflows that run and fail, keys, a link that somebody tried twice.

import { entry, until } from "./site.js";

const HOUR = 60;
/** So many are in what is stored. */
const WORKFLOWS = 4;

/** Entries of a day: four workflows, of which one fails. */
function day() {
  const runs = [];
  for (let hour = 0; hour < 24; hour += 1) {
    const at = hour * HOUR;
    runs.push(
      entry(at + 50, { workflow: "nightly-invoices", status: "STARTED", message: `Run ${24 - hour} begins` }),
      entry(at + 41, {
        workflow: "nightly-invoices",
        status: hour % 7 === 0 ? "FAILED" : "SUCCESS",
        message: hour % 7 === 0 ? "The ledger is locked by another process" : `${1200 + hour * 13} invoices were sent`,
        run_id: `run-${hour}`,
        duration_ms: 540_000 + hour,
        host: { name: `worker-${hour % 3}`, region: "eu-central-1" },
      }),
      entry(at + 33, { workflow: "sync-customers", status: "SUCCESS", message: "41 customers changed", rows: 41 }),
      entry(at + 12, { workflow: "sync-customers", status: "WARNING", message: "3 customers have no address", rows: 3 }),
    );
  }
  runs.push(
    entry(7, { workflow: "backup", status: "RUNNING", message: "Uploading part 3 of 9", environment: "staging" }),
    entry(90, { workflow: "reports", status: "SUCCESS", message: "Sent to 12 people" }),
    entry(5, { workflow: "nightly-invoices", status: "FAILED", message: "The printer is on fire", retry: [1, 2, null] }),
  );
  return runs;
}

/** Makes the client, with what its own people and the provider find in the console. */
export async function company(site, client = "acme_corp") {
  const manager = await site.manager(client);
  const job = await site.issue(client, "--name", "invoices in production", "--allow-ip", "127.0.0.0/8", "--rate", "500/s");
  const old = await site.issue(client, "--name", "old laptop", "--env", "test");
  await site.admin("revoke", old.id, "--yes", "--reason", "left on a train");
  const replaced = await site.issue(client, "--name", "customers");
  await site.admin("rotate", replaced.id, "--grace", "24h");
  await site.store(job.key, day());
  await site.call(manager.key, "PUT", "/api/v1/views/what%20failed", { query: "status=FAILED&range=24h" });
  await triedTwice(site, client);
  // Entries are followed in the background.
  await until(async () => {
    const { workflows } = await site.call(manager.key, "GET", "/api/v1/workflows");
    return workflows.length === WORKFLOWS && workflows.every((workflow) => workflow.last_run);
  });
  return { manager, job };
}

/** A reveal link that was used twice, which is told as an alert. */
export async function triedTwice(site, client) {
  const { url } = await site.admin("issue", "--client", client, "--name", "for the new plant", "--reveal-link");
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };
  for (let attempt = 0; attempt < 2; attempt += 1) await fetch(url, { method: "POST", headers, body: "" });
  await until(async () => (await site.admin("alerts")).alerts.length > 0);
}
