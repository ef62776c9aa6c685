// How long pages take, at the server and in a browser, with many entries of one client.
//
// Its arguments: how many entries are stored, and how many rows are gone through page by page.

import assert from "node:assert/strict";
import { Person, startBrowser } from "./browser.js";
import { entry, Site } from "./site.js";
import { weigh } from "./weigh.js";

const [entries = 1_000_000, rows = 100_000] = process.argv.slice(2).map(Number);
/** Ceilings: in milliseconds, in bytes of the first page with its files, and of its layout shift. */
const SERVER = 50;
const TASK = 100;
const WEIGHT = 60_000;
const SHIFT = 0.01;

const [browser, site] = await Promise.all([startBrowser(), Site.start(process.env.BENCH_DATABASE ?? "SQLite")]);
const { key } = await site.manager("acme_corp");

console.log(`storing ${entries} entries`);
const BODY = 5_000;
for (let stored = 0; stored < entries; stored += BODY) {
  const body = Array.from({ length: Math.min(BODY, entries - stored) }, (_, number) =>
    entry(((stored + number) / entries) * 60 * 24, {
      workflow: `workflow-${number % 20}`,
      status: number % 50 === 0 ? "FAILED" : "SUCCESS",
      message: `step ${number} of ${stored} is done`,
      host: `worker-${number % 7}`,
      duration_ms: number,
    }),
  );
  await site.store(key, body);
}
await site.store(key, entry(0, { workflow: "large", message: "a".repeat(60_000), data: { text: "x".repeat(190_000) } }));

const person = await Person.at(browser, site);
await person.context.addInitScript(() => {
  globalThis.tasks = [];
  new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map((task) => task.duration))).observe({
    type: "longtask",
    buffered: true,
  });
});
await person.signIn(await site.signInLink("acme_corp"));
const { page } = person;
const failed = [];

function tell(what, measured, ceiling, unit = "ms") {
  const text = `${what}: ${measured.toFixed(1)} ${unit}, at most ${ceiling}`;
  console.log(text);
  if (measured > ceiling) failed.push(text);
}

const { bytes, moved } = await weigh(person, `${site.url}/console/logs?range=24h`);
tell("the first page with its files", bytes, WEIGHT, "bytes");
tell("its layout shift", moved, SHIFT, "");

/** The longest task of a page since it was opened. */
const longest = async () => Math.max(0, ...(await page.evaluate(() => globalThis.tasks)));

const paths = ["workflows", "logs?range=24h", "logs?range=24h&status=FAILED", "logs?range=15m", "keys", "keys/new", "usage", "alerts", "sessions"];
const cookie = (await person.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
for (const path of paths) {
  const times = [];
  let length = 0;
  for (let round = 0; round < 11; round += 1) {
    const began = performance.now();
    const answer = await fetch(`${site.url}/console/${path}`, { headers: { Cookie: cookie } });
    length = (await answer.text()).length;
    times.push(performance.now() - began);
    assert.equal(answer.status, 200, path);
  }
  times.sort((one, other) => one - other);
  tell(`${path}, ${Math.round(length / 1024)} KiB, median at the server`, times[5], SERVER);
}

await person.open("/console/logs?range=24h");
let gone = 0;
let task = 0;
const began = performance.now();
while (gone < rows) {
  gone += await page.locator(".entries > .entry").count();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  task = Math.max(task, await longest());
  const older = page.getByRole("link", { name: "Older" });
  if ((await older.count()) === 0) break;
  await person.follow(() => older.click());
}
const each = (performance.now() - began) / (gone / 50);
console.log(`${gone} rows were gone through, ${each.toFixed(0)} ms for each page of 50`);
tell("the longest task meanwhile", task, TASK);

await person.open("/console/logs?range=24h&workflow=large");
await page.locator(".entries > .entry > summary").first().click();
await person.follow(() => page.getByRole("link", { name: /^This entry alone/ }).click());
tell("the longest task of an entry of 256 KiB", await longest(), TASK);

await browser.close();
await site.stop();
assert.deepEqual(failed, []);
