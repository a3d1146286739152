// How far a phone is by its own position, and what it knows of time.
import { expect, test } from "vitest";
import { isLate, isNear } from "../../../shared/sentences/phone/facts.ts";
import type { Alert } from "../api/types.ts";
import { factsOf, type Own, ownDistance } from "./facts.ts";
import { type Held, NOTHING, step } from "./known.ts";
import { accepted, alert, PLACE } from "./samples.ts";

/** A degree of latitude, metres. */
const DEGREE_M = 111_195;
const at = (metres: number, part: { accuracy_m?: number; ageMs?: number } = {}): Own => ({
  fix: { lat: PLACE.lat + metres / DEGREE_M, lon: PLACE.lon, accuracy_m: part.accuracy_m ?? 10, at_ms: 0 },
  ageMs: part.ageMs ?? 1_000,
});

function held(one: Alert, mono = 0): Held {
  const found = step(NOTHING, { type: "news", news: { why: "state", alert: one }, mono }).known.get(one.id);
  if (!found) throw new Error("not held");
  return found;
}

test("the distance is that of now, and none where it is not known", () => {
  expect(ownDistance(accepted(), at(140))).toBeCloseTo(140, 0);
  expect(ownDistance(accepted(), at(0))).toBeCloseTo(0, 0);
  expect(ownDistance(accepted(), at(20, { ageMs: 61_000 }))).toBe(null);
  expect(ownDistance(accepted(), at(20, { accuracy_m: 51 }))).toBe(null);
  expect(ownDistance(accepted(), null)).toBe(null);
  // before the yes nobody knows the place
  expect(ownDistance(alert(), at(20))).toBe(null);
});

test("whoever stands at the place is asked, unless they said so or should not be there", () => {
  const near = (one: Alert, own_m: number | null = 20) => isNear(factsOf(held(one), [], 0, own_m));
  expect([near(accepted()), near(accepted({ state: "en_route" }))]).toEqual([true, true]);
  expect([near(accepted(), 51), near(accepted(), null)]).toEqual([false, false]);
  expect(near(accepted({ state: "on_scene" }))).toBe(false);
  expect(near(accepted({ danger: true }))).toBe(false);
  const said = { alert_id: "a1", verb: "arrive" as const, at_ms: 0, version: 2 };
  expect(isNear(factsOf(held(accepted()), [said], 0, 20))).toBe(false);
});

test("until somebody else is asked is counted by the monotonic clock, and then no other time is", () => {
  const one = held(alert({ answer_in_s: 30, expires_in_s: 600, answer_by_ms: 0, expires_at_ms: 0 }), 5_000);
  const after = (ms: number) => factsOf(one, [], 5_000 + ms, null);
  expect([after(0).answer_in_s, after(29_001).answer_in_s, after(30_000).answer_in_s]).toEqual([30, 1, 0]);
  expect([isLate(after(29_999)), isLate(after(30_000)), isLate(after(500_000))]).toEqual([false, true, true]);
});
