// What is there again after the browser was thrown out of memory.
import { expect, test } from "vitest";
import { front, NOTHING, step } from "../alerts/known.ts";
import { ADDRESS, accepted, alert } from "../alerts/samples.ts";
import { afterList, afterStandDown, fromSaved, keepsPlaces, type Saved, toSaved } from "./saved.ts";

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

/** Everything that is kept of where it was. */
const places = (saved: Saved | undefined) =>
  JSON.stringify(saved ?? null).match(/Main Street|4711|blue door|36\.8529|"wait"/g) ?? [];

test("a stand-down that reaches a closed page takes the place, and is there to be read", () => {
  const saved = toSaved(knowing(accepted({ message: "wait" })), 0, 0);
  expect([places(saved).length > 3, keepsPlaces(saved)]).toEqual([true, true]);
  const after = afterStandDown(saved, { alert_id: "a1", version: 5 }, 60_000);
  expect([places(after), keepsPlaces(after)]).toEqual([[], false]);
  const face = front(fromSaved(after, 0, 61_000));
  expect([face?.face, face?.held.notice]).toEqual(["stop", "stand_down"]);
  // an older one, or of another alert, changes nothing
  expect(places(afterStandDown(saved, { alert_id: "a1", version: 1 }, 0))).toEqual(places(saved));
  expect(places(afterStandDown(saved, { alert_id: "a2", version: 9 }, 0))).toEqual(places(saved));
  expect(afterStandDown(undefined, { alert_id: "a1", version: 5 }, 0)).toBeUndefined();
});

test.each(["finished", "withdrawn", "expired", "stood_down"])(
  "%s on another phone: what the server no longer names is kept without its place",
  (state) => {
    const saved = toSaved(knowing(accepted({ message: "wait" })), 0, 0);
    expect(places(afterList(saved, [], 1_000))).toEqual([]);
    expect(places(afterList(saved, [alert({ version: 4, state })], 1_000))).toEqual([]);
    const still = afterList(saved, [accepted({ version: 4, state: "en_route" })], 1_000);
    expect(still?.held[0]?.alert).toMatchObject({ state: "en_route", address: ADDRESS });
  },
);

test("what is too old to be shown is not kept either", () => {
  const saved = toSaved(knowing(accepted()), 0, 0);
  expect(afterList(saved, [accepted()], 5 * 3_600_000)).toBeUndefined();
});

test("an emergency that was reported twice goes on as the other report while the page is closed", () => {
  const saved = toSaved(knowing(accepted()), 0, 0);
  const other = accepted({ id: "a2", version: 2, replaces: ["a1"] });
  const kept = afterList(saved, [other], 1_000);
  expect(kept?.held.map(({ alert, notice }) => [alert.id, alert.state, notice])).toEqual([
    ["a2", "accepted", null],
  ]);
});
