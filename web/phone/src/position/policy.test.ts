// When a position is worth a frame.
import { expect, test } from "vitest";
import { ENGAGED_MS, IDLE_MS, isDue, metres, WAITING_MAX, waiting } from "./policy.ts";

const fix = (north_m: number, accuracy_m = 10, at_ms = 0) => ({
  lat: 36.85 + north_m / 111_195,
  lon: -75.97,
  accuracy_m,
  at_ms,
});

test("metres on the ground", () => {
  expect(metres(fix(0), fix(150))).toBeCloseTo(150, 0);
  expect(metres({ lat: 52.52, lon: 13.405 }, { lat: 48.137, lon: 11.575 })).toBeGreaterThan(500_000);
  expect(metres(fix(0), fix(0))).toBe(0);
});

test("idle: the first, the next cell, and a sign of life", () => {
  const last = { fix: fix(0), mono: 0 };
  expect(isDue(null, fix(0), 0, false)).toBe(true);
  expect(isDue(last, fix(149), 1_000, false)).toBe(false);
  expect(isDue(last, fix(151), 1_000, false)).toBe(true);
  expect(isDue(last, fix(0), IDLE_MS - 1, false)).toBe(false);
  expect(isDue(last, fix(0), IDLE_MS, false)).toBe(true);
});

test("idle: a rough position that jumps about is no way", () => {
  const last = { fix: fix(0, 400), mono: 0 };
  expect(isDue(last, fix(300, 400), 1_000, false)).toBe(false);
  expect(isDue(last, fix(600, 400), 1_000, false)).toBe(true);
});

test("on an incident: every few seconds, wherever", () => {
  const last = { fix: fix(0), mono: 0 };
  expect(isDue(last, fix(0), ENGAGED_MS - 1, true)).toBe(false);
  expect(isDue(last, fix(0), ENGAGED_MS, true)).toBe(true);
});

test("without a line the newest wait, a bounded number of them", () => {
  let queue: ReturnType<typeof fix>[] = [];
  for (let n = 0; n < 100; n++) queue = waiting(queue, fix(n, 10, n));
  expect(queue.length).toBe(WAITING_MAX);
  expect(queue.at(-1)?.at_ms).toBe(99);
});
