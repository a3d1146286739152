// What actions say that they will do, over every combination of the walk.
import { describe, expect, test } from "vitest";
import {
  doesClose,
  doesCorrections,
  doesMerge,
  doesReopen,
  doesSafe,
  doesUnsafe,
  heldOtherwise,
  shouldStay,
} from "./does.ts";
import { isEngaged } from "./people.ts";
import { ago, incidents, NOW } from "./samples.ts";

const WALK = [...incidents()];
const open = WALK.filter(({ state }) => state !== "closed");
const ids = (said: { id: string }[]) => said.map(({ id }) => id);
const count = (said: { id: string; values: object }[], id: string) =>
  Number((said.find((one) => one.id === id)?.values as { n?: number } | undefined)?.n ?? 0);

describe("safe again", () => {
  const unsafe = open.filter(({ scene, danger }) => scene === "unsafe" || danger);
  test("promises a beginning only of what is held by nothing else", () => {
    for (const incident of unsafe) {
      const held = incident.state === "held";
      expect(ids(doesSafe(incident, [])).includes("does.safe_starts")).toBe(held);
      expect(ids(doesSafe(incident, ["ems_due"])).includes("does.safe_held")).toBe(held);
      expect(ids(doesSafe(incident, ["ems_due"]))).not.toContain("does.safe_starts");
    }
  });

  test("says that asking goes on only where it was stopped", () => {
    for (const incident of unsafe) {
      const goesOn = ids(doesSafe(incident, [])).some((id) => /alerting|override/.test(id));
      expect(goesOn).toBe(incident.state === "alerting" || incident.state === "exhausted");
    }
  });

  test("a call that became old or an ambulance that is due keeps it held", () => {
    const [held] = WALK.filter(({ state }) => state === "held");
    const one = { ...held, held_reasons: ["scene_unsafe", "plan_holds"] } as typeof held & object;
    expect(heldOtherwise(one, NOW, 900)).toEqual(["plan_holds"]);
    expect(heldOtherwise({ ...one, called_at: ago(901) }, NOW, 900)).toEqual(["plan_holds", "call_too_old"]);
    expect(heldOtherwise({ ...one, called_at: ago(901) }, NOW, null)).toEqual(["plan_holds"]);
    expect(heldOtherwise({ ...one, held_reasons: [], ems_eta_at: ago(0) }, NOW, 900)).toEqual(["ems_due"]);
    expect(heldOtherwise({ ...one, held_reasons: [], ems_eta_at: ago(-5) }, NOW, 900)).toEqual([]);
  });
});

test("closing tells to stop exactly those who are asked or under way, and sends nobody away who is there", () => {
  for (const incident of open) {
    const there = incident.alerts.filter(({ state }) => state === "on_scene").length;
    const asked = incident.alerts.filter(({ state }) =>
      ["queued", "sent", "received", "seen", "accepted", "en_route"].includes(state),
    ).length;
    const said = doesClose(incident);
    expect([count(said, "does.close"), count(said, "does.stay")]).toEqual([asked, there]);
    expect(ids(said).includes("does.close_nobody")).toBe(asked === 0);
  }
});

test("reopening promises to ask only where nobody is in danger", () => {
  for (const incident of WALK.filter(({ state }) => state === "closed")) {
    const danger = incident.scene === "unsafe" || incident.alerts.some((one) => one.in_danger);
    expect(ids(doesReopen(incident)).includes("does.reopen")).toBe(!danger);
  }
});

test("a warning and a correction count those who are told", () => {
  for (const incident of open) {
    const on = incident.alerts.filter(isEngaged).length;
    expect(count(doesUnsafe(incident), "does.unsafe")).toBe(on);
    const said = doesCorrections(incident, { place: "far", address: "kept", kind: true });
    expect(count(said, "does.place_told")).toBe(on);
    const still = incident.state === "held" || (incident.danger && !incident.override);
    expect(ids(said).includes("does.place_held")).toBe(still);
    expect(ids(said)).toContain("does.address_doubtful");
    expect(ids(doesCorrections(incident, { place: "near", address: "kept", kind: false }))).not.toContain(
      "does.address_doubtful",
    );
  }
});

test("merging says who goes on with the one that stays, who is told to stop, and what it has then", () => {
  // every third with every fourth: all states meet
  const some = open.filter((_, n) => n % 3 === 0).slice(0, 400);
  const others = open.filter((_, n) => n % 4 === 0).slice(0, 100);
  const seen = new Set<string>();
  for (const closes of some) {
    const moving = closes.alerts.filter(isEngaged);
    const asked = closes.alerts.filter(({ state }) => ["queued", "sent", "received", "seen"].includes(state));
    for (const stays of others) {
      const said = doesMerge(closes, stays, false);
      for (const id of ids(said)) seen.add(id);
      expect(ids(said)).toEqual([
        "does.duplicate",
        ...(moving.length > 0 ? ["does.duplicate_moves"] : []),
        ...(asked.length > 0 ? ["does.duplicate_asked"] : []),
        ...(moving.some((one) => one.in_danger) ? ["does.duplicate_danger"] : []),
        "does.duplicate_stays",
      ]);
      if (moving.length > 0) expect(count(said, "does.duplicate_moves")).toBe(moving.length);
      if (asked.length > 0) expect(count(said, "does.duplicate_asked")).toBe(asked.length);
      expect(said.at(-1)?.values).toEqual({
        on: moving.length + stays.alerts.filter(isEngaged).length,
        wanted: stays.wanted,
      });
    }
  }
  expect(seen.size).toBe(5);
  expect(ids(doesMerge(some[0] as never, others[0] as never, true))[0]).toBe("does.duplicate_other");
});

test("the one with more people stays, so that the fewest change over; of equals the older", () => {
  for (const one of open.slice(0, 300)) {
    for (const other of open.slice(-50)) {
      const stays = shouldStay(one, other);
      const on = (it: typeof one) => it.alerts.filter(isEngaged).length;
      expect(on(stays)).toBe(Math.max(on(one), on(other)));
      if (on(one) === on(other)) expect(stays.opened_at <= one.opened_at).toBe(true);
    }
  }
});
