// The walk: every combination of state and facts that decision 6 allows, and what must be so whatever is added to the
// table. Whether each sentence is true is judged in `truth`.
import { describe, expect, test } from "vitest";
import type { AlarmKind, IncidentFacts } from "./facts.ts";
import { DESK } from "./rows.ts";
import { incidents, NOW } from "./samples.ts";
import { deskSentences, type Shown } from "./sentences.ts";

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

test("every sentence is met", () => {
  const met = new Set(WALK.flatMap(({ shown }) => shown.map(({ id }) => id as string)));
  const rows = Object.keys(DESK).filter((id) => !LABELS.includes(id));
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
    for (const { incident } of said(({ id }) => id.startsWith("state.not_needed"))) {
      expect(incident.alerts.some(({ state }) => ["accepted", "en_route", "on_scene"].includes(state))).toBe(
        false,
      );
    }
  });
});

test("whoever is asked in two rounds is one person, who stands as in the last of them", () => {
  const twice = WALK.filter(({ incident: { alerts } }) =>
    alerts.some((one, n) => alerts.findIndex(({ responder_id }) => responder_id === one.responder_id) < n),
  );
  expect(twice.length).toBeGreaterThan(0);
  for (const { incident, shown } of twice) {
    const people = new Set(incident.alerts.map(({ responder_id }) => responder_id)).size;
    expect(shown.find(({ id }) => id === "asked.all")?.values.n).toBe(people);
  }
  const alert = WALK.flatMap(({ incident }) => incident.alerts)[0];
  if (!alert) throw new Error("nobody is asked");
  const told = { ...alert, state: "stood_down", told_version: 5, confirmed_version: null };
  const incident = { ...(WALK[0] as (typeof WALK)[number]).incident, alerts: [told, { ...told, id: "a9" }] };
  const late = deskSentences(incident, NOW).filter(({ id }) => id === "told.stand_down");
  expect(late.map(({ values }) => values.n)).toEqual([1]);
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
