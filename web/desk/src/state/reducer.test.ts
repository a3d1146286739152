// The reducer over the feed: order by version, repeats, resets.
import { describe, expect, test } from "vitest";
import { type Change, CLOSED_STAY_MS, type Known, NOTHING, reduce } from "./reducer.ts";
import { alert, incident, START, time } from "./samples.ts";

const know = (...all: ReturnType<typeof incident>[]): Known =>
  reduce(NOTHING, { type: "read", items: all, now: START });
const one = (known: Known, id = "i1") => known.incidents.get(id);

describe("incidents", () => {
  test("a newer version replaces, an older one changes nothing", () => {
    const known = know(incident({ version: 5, state: "covered" }));
    expect(reduce(known, { type: "incident", incident: incident({ version: 4 }) })).toBe(known);
    const next = reduce(known, { type: "incident", incident: incident({ version: 6, state: "closed" }) });
    expect(one(next)?.state).toBe("closed");
  });

  test("the same events twice are the same as once", () => {
    const events = [2, 3, 4].map((version) => incident({ version, wave: version }));
    const play = (known: Known) =>
      events.reduce((all, item) => reduce(all, { type: "incident", incident: item }), known);
    const once = play(NOTHING);
    expect(play(once).incidents).toEqual(once.incidents);
  });

  test("within one version an ask never goes back", () => {
    const seen = incident({ alerts: [alert({ state: "seen" })] });
    const received = incident({ alerts: [alert({ state: "received" })] });
    const known = reduce(know(seen), { type: "incident", incident: received });
    expect(one(known)?.alerts[0]?.state).toBe("seen");
    const forth = reduce(know(received), { type: "incident", incident: seen });
    expect(one(forth)?.alerts[0]?.state).toBe("seen");
  });

  test("a late yes after silence counts, because its version is newer", () => {
    const silent = incident({ alerts: [alert({ state: "lapsed", version: 3 })] });
    const yes = incident({ version: 2, alerts: [alert({ state: "accepted", version: 4 })] });
    expect(one(reduce(know(silent), { type: "incident", incident: yes }))?.alerts[0]?.state).toBe("accepted");
  });
});

describe("asks", () => {
  test("an ask of an unknown incident, or an older one, changes nothing", () => {
    const known = know(incident({ alerts: [alert({ state: "accepted", version: 3 })] }));
    const stranger = { ...alert(), change: "sent", incident_id: "i9" };
    expect(reduce(known, { type: "alert", alert: stranger })).toBe(known);
    const older = { ...alert({ version: 2 }), change: "sent", incident_id: "i1" };
    expect(reduce(known, { type: "alert", alert: older })).toBe(known);
  });

  test("what the feed adds does not stay on the ask", () => {
    const next = { ...alert({ state: "seen" }), change: "seen", incident_id: "i1" };
    const known = reduce(know(incident({ alerts: [alert()] })), { type: "alert", alert: next });
    expect(one(known)?.alerts[0]).toEqual(alert({ state: "seen" }));
  });
});

describe("ways", () => {
  const way = (part: object = {}) => ({
    incident_id: "i1",
    alert_id: "a1",
    distance_m: 90,
    eta_s: 60,
    position_at: time(30),
    left: true,
    presence: null,
    ...part,
  });
  const on = (part: object = {}) =>
    know(incident({ alerts: [alert({ state: "accepted", position_at: time(20), ...part })] }));

  test("whoever was heard from is where they are now", () => {
    const next = one(reduce(on(), { type: "approach", items: [way()] }))?.alerts[0];
    expect(next).toMatchObject({ distance_m: 90, eta_s: 60, position_at: time(30), left: true });
    expect(next).not.toHaveProperty("alert_id");
    const there = one(reduce(on(), { type: "approach", items: [way({ presence: "at_address" })] }));
    expect(there?.alerts[0]?.presence).toBe("at_address");
  });

  test("the first position since the yes counts, and the same one from a place that moved", () => {
    const first = reduce(on({ position_at: null }), { type: "approach", items: [way()] });
    expect(one(first)?.alerts[0]?.position_at).toBe(time(30));
    const moved = reduce(first, { type: "approach", items: [way({ distance_m: 400 })] });
    expect(one(moved)?.alerts[0]?.distance_m).toBe(400);
  });

  test("whoever said that they set off has left, also by a position that was looked at before", () => {
    const next = reduce(on({ state: "en_route", left: true }), {
      type: "approach",
      items: [way({ left: false })],
    });
    expect(one(next)?.alerts[0]).toMatchObject({ left: true, position_at: time(30) });
  });

  test("what is older, of nobody known, or of whoever is done changes nothing", () => {
    const known = on();
    for (const item of [way({ position_at: time(10) }), way({ incident_id: "i9" }), way({ alert_id: "a9" })])
      expect(reduce(known, { type: "approach", items: [item] })).toBe(known);
    const done = on({ state: "finished" });
    expect(reduce(done, { type: "approach", items: [way()] })).toBe(done);
  });
});

describe("time and resets", () => {
  test("a read replaces everything, even by an older version, and keeps what was closed lately", () => {
    const closed = incident({ id: "i2", state: "closed", closed_at: time(0) });
    const known = reduce(know(incident({ version: 9 }), closed), {
      type: "read",
      items: [incident({ version: 2 })],
      now: START + 1000,
    });
    expect(one(known)?.version).toBe(2);
    expect(one(known, "i2")).toBeDefined();
  });

  test("closed incidents and their alarms are forgotten when they cannot be opened again", () => {
    const known = {
      ...know(incident({ state: "closed", closed_at: time(0) })),
      spent: new Map([["i1 unsafe", "x"]]),
    };
    expect(reduce(known, { type: "tick", now: START + CLOSED_STAY_MS - 1 })).toBe(known);
    const inDanger = alert({ in_danger: true, danger_at: time(1) });
    const danger = know(incident({ state: "closed", closed_at: time(0), alerts: [inDanger] }));
    expect(reduce(danger, { type: "tick", now: START + 2 * CLOSED_STAY_MS })).toBe(danger);
    const later = reduce(known, { type: "tick", now: START + CLOSED_STAY_MS });
    expect([later.incidents.size, later.spent.size]).toEqual([0, 0]);
  });
});

test("a position changes where somebody is, and an older one changes nothing", () => {
  const way = alert({ state: "en_route", left: true, distance_m: 400, position_at: time(10) });
  const before = reduce(NOTHING, { type: "read", items: [incident({ alerts: [way] })], now: START });
  const item = { incident_id: "i1", alert_id: "a1", eta_s: 60, left: true, presence: null };
  const at = (distance_m: number, seconds: number): Change => ({
    type: "approach",
    items: [{ ...item, distance_m, position_at: time(seconds) }],
  });
  const distance = (known: Known) => known.incidents.get("i1")?.alerts[0]?.distance_m;
  expect(distance(reduce(before, at(300, 15)))).toBe(300);
  expect(reduce(before, at(500, 5))).toBe(before);
  const [unknown] = (at(300, 15) as { items: object[] }).items.map((one) => ({ ...one, alert_id: "gone" }));
  expect(reduce(before, { type: "approach", items: [unknown] } as Change)).toBe(before);
});
