import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, retryAfter } from "../src/backoff.js";
import { clockFault, judge } from "../src/judge.js";
import { Losses } from "../src/losses.js";
import { Reports } from "../src/reports.js";

const CONTEXT = { where: "http://h/api/v1/logs", now: Date.UTC(2026, 0, 1), entries: ["{}", "{}"] };
const RECEIPT = JSON.stringify({ accepted: 2, ids: ["a", "b"], further: {} });
const contentType = "application/problem+json";

test("an answer says what becomes of the entries", () => {
  for (const status of [200, 201]) assert.equal(judge({ status, body: RECEIPT }, CONTEXT).kind, "delivered");
  for (const status of [400, 413, 422]) assert.equal(judge({ status, contentType, body: "" }, CONTEXT).kind, "refused");
  for (const status of [301, 307, 401, 403, 404, 405, 408, 409, 429, 500, 503]) {
    assert.equal(judge({ status, contentType, body: RECEIPT }, CONTEXT).kind, "kept");
  }
});

test("an answer that is no central-logger's keeps the entries", () => {
  const bodies = ["", "<html>", "null", "[2]", "{}", '{"accepted":2}', '{"accepted":1,"ids":["a"]}', RECEIPT.slice(1)];
  const answers = [
    ...[200, 201].flatMap((status) => bodies.map((body) => ({ status, body }))),
    ...[202, 204].map((status) => ({ status, body: RECEIPT })),
    ...[undefined, null, "text/html"].map((contentType) => ({ status: 400, contentType, body: "" })),
    { status: 422, contentType: "application/json", body: '{"errors":[{"index":0}]}' },
  ];
  for (const answer of answers) {
    const { kind, report } = judge(answer, CONTEXT);
    assert.equal(kind, "kept", JSON.stringify(answer));
    assert.equal(
      report,
      "the answer of http://h/api/v1/logs is not that of a central-logger server: check LOGGER_API_URL",
    );
  }
  assert.equal(judge({ status: 413, contentType: "text/html", body: "<html>" }, CONTEXT).kind, "refused");
  const withCharset = { status: 422, contentType: "Application/Problem+JSON; charset=utf-8", body: "{}" };
  assert.equal(judge(withCharset, CONTEXT).kind, "refused");
});

test("a report says what to do", () => {
  const report = (status) => judge({ status, body: "" }, CONTEXT).report;
  assert.match(report(401), /does not accept the key.*LOGGER_API_KEY/);
  assert.match(report(403), /logs:write/);
  for (const status of [302, 404, 405]) assert.match(report(status), /LOGGER_API_URL/);
});

test("a refusal names the entries at fault", () => {
  const body = JSON.stringify({
    detail: "bad",
    errors: [{ index: 2, field: "status", message: "is required" }, { index: "x" }],
  });
  const verdict = judge({ status: 422, contentType, body }, CONTEXT);
  assert.equal(verdict.detail, "bad");
  assert.deepEqual([...verdict.faults], [[2, "status is required"]]);
  for (const odd of ["<html>", "null", '{"errors":[null,5]}'])
    assert.equal(judge({ status: 422, contentType, body: odd }, CONTEXT).faults.size, 0);
});

test("times that are refused for a wrong clock are no fault of entries", () => {
  const longAgo = "Sun, 28 Dec 2025 00:00:00 GMT";
  const refusal = (date, fields) => {
    const errors = fields.map((field, index) => ({ index, field, message: "is wrong" }));
    return judge({ status: 422, contentType, date, body: JSON.stringify({ errors }) }, CONTEXT);
  };
  for (const fields of [["executed_at"], ["/executed_at", "/7/executed_at"]]) {
    const { kind, report } = refusal(longAgo, fields);
    assert.equal(kind, "kept");
    assert.match(report, /^the clock of this machine is 96 hours ahead/);
  }
  const places = (date, fields) => [...refusal(date, fields).faults.keys()];
  assert.deepEqual(places("Thu, 01 Jan 2026 00:00:00 GMT", ["executed_at"]), [0]);
  assert.deepEqual(places(longAgo, ["executed_at", "status", "executed_at"]), [1]);
  assert.deepEqual(places(longAgo, ["not_executed_at"]), [0]);
  assert.deepEqual(places(longAgo, []), []);
});

test("a time that is wrong by both clocks is a fault of its entry", () => {
  const date = "Sun, 28 Dec 2025 00:00:00 GMT";
  const body = JSON.stringify({ errors: [{ index: 0, field: "executed_at" }] });
  const kindOf = (time) => {
    const entries = [JSON.stringify({ n: 1, executed_at: time })];
    return judge({ status: 422, contentType, date, body }, { ...CONTEXT, entries }).kind;
  };
  for (const time of ["yesterday", "2026-01-01", "1969-12-31T23:59:59Z", "2026-01-02T01:00:01.5+01:00"]) {
    assert.equal(kindOf(time), "refused", time);
  }
  for (const time of ["1970-01-01T00:00:00Z", "2026-01-02T01:00:00+01:00", "2026-01-01t00:00:00.123456z"]) {
    assert.equal(kindOf(time), "kept", time);
  }
});

test("a wait is read as seconds or a date", () => {
  assert.equal(retryAfter("7", CONTEXT.now), 7000);
  assert.equal(retryAfter("Thu, 01 Jan 2026 00:00:30 GMT", CONTEXT.now), 30_000);
  assert.equal(retryAfter("Wed, 31 Dec 2025 00:00:00 GMT", CONTEXT.now), 0);
  for (const text of [undefined, "", "soon"]) assert.equal(retryAfter(text, CONTEXT.now), null);
});

test("waits double up to a minute, and begin anew after a success", () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 9 }, () => backoff.next(null));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  backoff.reset();
  assert.equal(backoff.next(null), 500);
  assert.equal(new Backoff(() => 0).next(null), 0);
});

test("the server's wish holds, from 50 ms up to an hour", () => {
  assert.equal(new Backoff().next(7000), 7000);
  for (const wish of [0, 49]) assert.equal(new Backoff().next(wish), 50);
  assert.equal(new Backoff().next(1e9), 3_600_000);
});

test("a clock that is off by more than a day is named", () => {
  assert.match(clockFault("Sun, 28 Dec 2025 00:00:00 GMT", CONTEXT.now), /96 hours ahead of .*set the clock/);
  assert.match(clockFault("Mon, 05 Jan 2026 00:00:00 GMT", CONTEXT.now), /96 hours behind/);
  for (const date of ["Thu, 01 Jan 2026 20:00:00 GMT", undefined, "x"])
    assert.equal(clockFault(date, CONTEXT.now), null);
});

test("there is one report a minute, with a count of the others", () => {
  const lines = [];
  let now = 0;
  const reports = new Reports(
    (line) => lines.push(line),
    () => now,
  );
  for (const text of ["one", "two", "three"]) reports.report(text);
  now = 60_000;
  reports.report("four\nlines");
  assert.deepEqual(lines, ["central-logger: one", "central-logger: four lines (2 more reports since the last one)"]);
});

test("the last report is not held back, and holds back those after it", () => {
  const lines = [];
  const reports = new Reports(
    (line) => lines.push(line),
    () => 0,
  );
  reports.report("one");
  reports.report("two");
  reports.reportAtEnd("the end");
  reports.report("three");
  assert.deepEqual(lines, ["central-logger: one", "central-logger: the end (1 more reports since the last one)"]);
});

test("the end of a client names all losses, and is silent without one", () => {
  const lines = [];
  const losses = new Losses(new Reports((line) => lines.push(line)));
  const end = { lost: 0, waiting: 7, advice: "wait" };
  losses.reportAtEnd({ dropped: 0, rejected: 0 }, end);
  assert.deepEqual(lines, []);
  losses.report("one was refused");
  losses.reportAtEnd({ dropped: 3, rejected: 1 }, end);
  losses.reportAtEnd({ dropped: 3, rejected: 0 }, { ...end, lost: 2, waiting: 0 });
  assert.deepEqual(lines, [
    "central-logger: one was refused",
    "central-logger: one was refused; in total 3 were dropped, 1 were refused and 7 wait",
    "central-logger: 2 entries were dropped at the end: wait; in total 3 were dropped, 0 were refused and 0 wait",
  ]);
});
