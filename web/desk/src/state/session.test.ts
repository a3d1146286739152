// The session: made longer while the page is used, and its end is told in time.
import { expect, test } from "vitest";
import type { Session } from "../api/types.ts";
import { START, time } from "./samples.ts";
import { endsInMin, Use } from "./session.ts";

const session = (ends_s: number, until_s: number | null): Session => ({
  sub: "ann",
  role: "call_handler",
  org: "town",
  expires_at: time(ends_s),
  renewable_until: until_s === null ? null : time(until_s),
  simulated: true,
});
const at = (seconds: number) => START + seconds * 1000;

test("the end is told ten minutes before, to the minute", () => {
  const ends = session(3600, null);
  expect([0, 2999, 3000, 3541, 3600, 4000].map((s) => endsInMin(ends, at(s)))).toEqual([
    null,
    null,
    10,
    1,
    0,
    0,
  ]);
});

test("made longer only when touched since, no more often than each five minutes, and no further", () => {
  const use = new Use();
  const open = session(7200, 40_000);
  expect(use.isDue(open, at(0))).toBe(false);
  use.touched(at(10));
  expect([use.isDue(open, at(10)), use.isDue(open, at(11))]).toEqual([true, false]);
  use.touched(at(20));
  expect([use.isDue(open, at(309)), use.isDue(open, at(310)), use.isDue(open, at(3000))]).toEqual([
    false,
    true,
    false,
  ]);
  use.touched(at(3100));
  expect(use.isDue(session(40_000, 40_000), at(3200))).toBe(false);
  expect(use.isDue(session(7200, null), at(3200))).toBe(false);
  expect(use.isDue(open, at(3200))).toBe(true);
});
