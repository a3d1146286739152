// The line: what is said of it is as old as what was last heard.
import { expect, test } from "vitest";
import { ageS, type Heard, hear, type Said, unheard } from "./line.ts";

const play = (said: Said[], from: Heard = unheard(0)) => said.reduce(hear, from);

test("a silent line is as old as the last word that came over it", () => {
  const lost = play([{ type: "heard", at: 10_000 }, { type: "silent" }]);
  expect(lost.line).toEqual({ state: "lost", since: 10_000 });
  expect([12_500, 15_000, 70_000].map((at) => ageS(lost.line, at))).toEqual([2, 5, 60]);
  // silent again, over another line: nothing was heard in between
  expect(hear(lost, { type: "silent" }).line).toBe(lost.line);
  expect(hear(lost, { type: "heard", at: 80_000 }).line).toEqual({ state: "live" });
});

test("what was read beside the line is no older than that", () => {
  const read = play([{ type: "read", at: 30_000 }, { type: "silent" }]);
  expect(read.line).toEqual({ state: "lost", since: 30_000 });
});

test("a desk that never heard anything counts from its beginning", () => {
  expect(play([{ type: "silent" }], unheard(5_000)).line).toEqual({ state: "lost", since: 5_000 });
});

test("behind from the beat after a word of it, until a beat without one", () => {
  const heard: Said = { type: "heard", at: 1 };
  const behind = play([heard, { type: "stale", until: -3_000 }, { type: "beat" }]);
  expect(behind.line).toEqual({ state: "behind", since: -3_000 });
  // what else comes does not make it true
  expect(hear(behind, { type: "heard", at: 2 }).line).toBe(behind.line);
  const again = play([{ type: "stale", until: -3_000 }, { type: "beat" }], behind);
  expect(again.line).toBe(behind.line);
  expect(hear(again, { type: "beat" }).line).toEqual({ state: "live" });
});

test("a word that was cut off from its beat is forgotten with the line", () => {
  const cut = play([{ type: "stale", until: 1 }, { type: "silent" }, { type: "heard", at: 9 }]);
  expect(hear(cut, { type: "beat" }).line).toEqual({ state: "live" });
});
