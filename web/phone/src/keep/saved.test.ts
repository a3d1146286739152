// What is there again after the browser was thrown out of memory.
import { expect, test } from "vitest";
import { front, NOTHING, step } from "../alerts/known.ts";
import { ADDRESS, accepted, alert } from "../alerts/samples.ts";
import { fromSaved, toSaved } from "./saved.ts";

const knowing = (one = alert({ expires_in_s: 100 })) =>
  step(NOTHING, { type: "news", news: { why: "alert", alert: one }, mono: 1_000 }).known;

test("the address survives a start without a network", () => {
  const saved = toSaved(knowing(accepted()), 2_000, 50_000);
  const known = fromSaved(structuredClone(saved), 7, 60_000);
  const face = front(known);
  expect([face?.face, face?.held.alert.address]).toEqual(["engaged", ADDRESS]);
});

test("time that passed while it was closed counts", () => {
  const saved = toSaved(knowing(), 1_000, 50_000);
  expect(fromSaved(saved, 0, 80_000).get("a1")?.endsAt).toBe(70_000);
  expect(fromSaved(saved, 500, 1_000_000).get("a1")?.endsAt).toBe(500);
  // set back by an hour: as much is left as was
  expect(fromSaved(saved, 0, 50_000 - 3_600_000).get("a1")?.endsAt).toBe(100_000);
});

test("nothing is kept of nothing, and nothing is shown of yesterday", () => {
  expect(toSaved(NOTHING, 0, 0)).toBeUndefined();
  const saved = toSaved(knowing(accepted()), 0, 0);
  expect(fromSaved(saved, 0, 5 * 3_600_000).size).toBe(0);
  expect(fromSaved(undefined, 0, 0).size).toBe(0);
});

test("the exact place goes with the incident", () => {
  const known = step(knowing(accepted()), {
    type: "news",
    news: { why: "stand_down", alert: accepted({ version: 9, state: "stood_down" }) },
    mono: 0,
  }).known;
  expect(JSON.stringify(toSaved(known, 0, 0))).not.toContain("Main Street");
});
