import assert from "node:assert/strict";
import { test } from "node:test";
import { RisingClock, rfc3339 } from "../src/rising-clock.js";

test("time rises while the clock stands still or goes back", () => {
  let wall = 1000;
  const clock = new RisingClock(
    () => wall,
    () => 0,
  );
  const times = [clock.next(), clock.next()];
  wall = 10;
  times.push(clock.next());
  wall = 2000;
  times.push(clock.next());
  assert.deepEqual(times, [1_000_000, 1_000_001, 1_000_002, 2_000_000]);
});

test("the monotonic clock adds microseconds within the millisecond of the wall clock", () => {
  let monotonic = 7;
  const clock = new RisingClock(
    () => 5,
    () => monotonic,
  );
  assert.equal(clock.next(), 5000);
  monotonic = 7.25;
  assert.equal(clock.next(), 5250);
  monotonic = 9;
  assert.equal(clock.next(), 5999);
});

test("time begins again once a clock that was over an hour ahead is right", () => {
  let wall = 3_700_000;
  const clock = new RisingClock(
    () => wall,
    () => 0,
  );
  const times = [clock.next()];
  wall = 100_000;
  times.push(clock.next());
  wall = 99_000;
  times.push(clock.next(), clock.next());
  assert.deepEqual(times, [3_700_000_000, 3_700_000_001, 99_000_999, 99_001_000]);
});

test("a given time stays unless it is too early", () => {
  const clock = new RisingClock(
    () => 0,
    () => 0,
  );
  assert.equal(clock.notBefore(500), 500);
  assert.equal(clock.notBefore(500), 501);
});

test("a time is written with six digits", () => {
  assert.equal(rfc3339(1_700_000_000_000_005), "2023-11-14T22:13:20.000005Z");
});
