// The walk: every combination of state and facts that decision 6 allows, and every sentence of it held against the
// facts by claims that share nothing with the functions that choose.
import { describe, expect, test } from "vitest";
import type { AlarmKind, IncidentFacts } from "./facts.ts";
import { DESK } from "./rows.ts";
import { incidents, NOW } from "./samples.ts";
import { deskSentences, type Shown } from "./sentences.ts";
import { CLAIMS, isTrue } from "./truth.ts";

/** Labels of the facts, which say nothing by themselves. */
const LABELS = Object.keys(DESK).filter((id) => id.startsWith("address.") && id !== "address.doubtful");

function alarmsOf(incident: IncidentFacts): AlarmKind[] {
  const on = incident.alerts.some(({ state }) => ["accepted", "en_route", "on_scene"].includes(state));
  const all: [AlarmKind, boolean][] = [
    ["danger", incident.alerts.some((one) => one.in_danger)],
    ["unsafe", incident.scene === "unsafe"],
    ["nobody_coming", !on && incident.state === "alerting"],
    ["exhausted", !on && incident.state === "exhausted"],
    ["left", incident.alerts.some((one) => one.state === "finished")],
    ["unreachable", incident.alerts.some((one) => one.push_waiting)],
  ];
  return all.filter(([, rings]) => rings).map(([kind]) => kind);
}

const WALK = [...incidents()].map((incident) => ({
  incident,
  shown: deskSentences(incident, NOW, alarmsOf(incident)),
}));

test("the walk is wide, and meets every state", () => {
  expect(WALK.length).toBeGreaterThan(5_000);
  expect(new Set(WALK.map(({ incident }) => incident.state)).size).toBe(5);
});

test("no sentence contradicts the facts", () => {
  const wrong = WALK.flatMap(({ incident, shown }) =>
    shown.filter((sentence) => !isTrue(sentence, incident)).map((sentence) => ({ sentence, incident })),
  );
  expect(wrong.slice(0, 3)).toEqual([]);
});

test("every sentence is met, and every one has a claim", () => {
  const met = new Set(WALK.flatMap(({ shown }) => shown.map(({ id }) => id as string)));
  const rows = Object.keys(DESK).filter((id) => !LABELS.includes(id));
  expect(rows.filter((id) => !CLAIMS.includes(id))).toEqual([]);
  expect(rows.filter((id) => !met.has(id))).toEqual([]);
});

const said = (part: (sentence: Shown) => boolean) => WALK.filter(({ shown }) => shown.some(part));

describe("whatever is added to the table", () => {
  test("minutes are promised only of somebody who has left, with a position of the last minute", () => {
    const promises = said(({ values, where }) => where === "first" && "eta_s" in values);
    expect(promises.length).toBeGreaterThan(0);
    for (const { incident } of promises) {
      const promised = incident.alerts.filter(
        ({ state, left, position_at }) =>
          ["accepted", "en_route"].includes(state) && left && NOW - Date.parse(position_at ?? "") <= 60_000,
      );
      expect(promised.length).toBeGreaterThan(0);
    }
  });

  test("nobody is left to ask, in any words, only when it is exhausted", () => {
    const last = /left to ask|nobody more in reach|plan (allows|asks|replaces)/i;
    for (const { incident } of said(({ en }) => last.test(en))) expect(incident.state).toBe("exhausted");
  });

  test("a countdown needs something that comes", () => {
    const counting = said(({ values }) => "in_s" in values);
    expect(counting.length).toBeGreaterThan(0);
    for (const { incident } of counting) expect(incident.next).not.toBeNull();
  });

  test("nobody is said to be coming who is not, and nobody is forgotten", () => {
    for (const { incident, shown } of WALK) {
      const on = incident.alerts.filter(({ state }) => ["accepted", "en_route", "on_scene"].includes(state));
      const first = shown.filter(({ where }) => where === "first");
      const nobody = first.some(({ en }) => /nobody (else )?is coming/i.test(en));
      if (incident.state !== "closed" && incident.state !== "held") expect(nobody).toBe(on.length === 0);
      const counted = first
        .filter(({ id }) => /^first\.(there|still_there|at_address|way|more|none|no_position)/.test(id))
        .reduce((sum, { values }) => sum + Number(values.n), 0);
      expect(counted).toBe(on.length);
    }
  });

  test("an override is seen for as long as it lasts", () => {
    for (const { incident, shown } of WALK) {
      if (incident.state === "closed") continue;
      expect(shown.some(({ id }) => id === "state.override")).toBe(incident.override != null);
    }
  });

  test("to close is offered only where nobody is needed", () => {
    for (const { incident } of said(({ id }) => id === "state.not_needed")) {
      expect(incident.alerts.some(({ state }) => ["accepted", "en_route", "on_scene"].includes(state))).toBe(
        false,
      );
    }
  });
});

test("time alone never brings anybody nearer", () => {
  const minutes = ({ shown }: { shown: Shown[] }) =>
    shown
      .filter(({ values, where }) => "eta_s" in values && where !== "ambulance")
      .map(({ values }) => Number(values.eta_s));
  for (const one of WALK.slice(0, 2_000)) {
    const later = { shown: deskSentences(one.incident, NOW + 50_000) };
    const before = minutes(one);
    for (const eta of minutes(later)) expect(before).toContain(eta);
  }
});

describe("sentences that are made false on purpose are caught", () => {
  const LIES: [string, (shown: Shown) => Shown | null][] = [
    [
      "a promise from an old position",
      (s) =>
        s.id === "first.way_old"
          ? { ...s, id: "first.way", values: { n: s.values.n ?? 0, eta_s: 150, skill: [] } }
          : null,
    ],
    [
      "a promise of who stands still",
      (s) => (s.id === "lane.not_left" ? { ...s, id: "lane.eta", values: { eta_s: 150 } } : null),
    ],
    [
      "one more is coming",
      (s) => (s.id === "first.more_said" ? { ...s, values: { n: Number(s.values.n) + 1 } } : null),
    ],
    [
      "exhausted too early",
      (s) => (s.id === "first.nobody_yet" ? { ...s, id: "first.exhausted", values: {} } : null),
    ],
    ["there without their word", (s) => (s.id === "lane.at_address" ? { ...s, id: "lane.there" } : null)],
    ["another reason", (s) => (s.id === "state.max_asked" ? { ...s, id: "state.nobody_in_reach" } : null)],
    [
      "a countdown of nothing",
      (s) =>
        s.id === "state.covered" ? { ...s, id: "state.next", values: { radius_m: 2000, in_s: 42.5 } } : null,
    ],
    [
      "not one left, of those who left",
      (s) => (s.id === "first.way_blind" ? { ...s, id: "first.none_left" } : null),
    ],
    [
      "silence where there is none",
      (s) => (s.id === "lane.on_way" ? { ...s, id: "lane.silent_ever" } : null),
    ],
    [
      "green after the end",
      (s) =>
        s.id === "first.finished_because" ? { ...s, id: "first.nobody_yet", values: { age_s: 90 } } : null,
    ],
    [
      "danger that nobody reported",
      (s) => (s.id === "first.stopped" ? { ...s, id: "first.danger", values: { n: 1 } } : null),
    ],
    [
      "to close while somebody is there",
      (s) => (s.id === "first.there" ? { ...s, id: "state.not_needed", values: {} } : null),
    ],
  ];
  test.each(LIES)("%s", (_, lie) => {
    let told = 0;
    for (const { incident, shown } of WALK) {
      for (const sentence of shown) {
        const made = lie(sentence);
        if (!made) continue;
        told++;
        expect(isTrue(made, incident)).toBe(false);
      }
    }
    expect(told).toBeGreaterThan(0);
  });
});
