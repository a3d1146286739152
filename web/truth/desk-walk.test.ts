// The walk over every combination of facts that an incident can have: what the desk says of it, in both languages, to
// the checker, which knows only a history that leads there.
import { beforeAll, describe, expect, test } from "vitest";
import type { Incident } from "../desk/src/api/types.ts";
import { alarms } from "../desk/src/state/urgency.ts";
import type { IncidentFacts } from "../shared/sentences/desk/facts.ts";
import { isComing, isThere } from "../shared/sentences/desk/people.ts";
import { DESK } from "../shared/sentences/desk/rows.ts";
import { incidents, NOW } from "../shared/sentences/desk/samples.ts";
import { deskSentences, type Shown } from "../shared/sentences/desk/sentences.ts";
import { type Case, firsts, judge } from "./check.ts";
import { historyOf } from "./history.ts";
import { ABOUT_THE_DESK, type Caught, tell } from "./lies.ts";

/** Rows that the walk does not meet: labels say nothing by themselves, and every server of today names these instants. */
const NOT_MET = [
  ...Object.keys(DESK).filter((id) => id.startsWith("address.") && id !== "address.doubtful"),
  "lane.danger_now",
  "lane.silent_ever",
];

/** The incident as the desk has it. */
const atTheDesk = (incident: IncidentFacts) => {
  const [coming, on_scene] = [isComing, isThere].map((test) => incident.alerts.filter(test).length);
  return { ...incident, summary: { coming, on_scene } } as Incident;
};

interface Walked {
  shown: Shown[];
  history: Case;
}

const WALK: Walked[] = [...incidents()].flatMap((incident) => {
  const history = historyOf(incident);
  if (!history) return [];
  const one = atTheDesk(incident);
  const shown = deskSentences(one, NOW, alarms(one, NOW));
  const said = shown.map(({ where, alert_id, en, de }) => ({ where, alert_id, en, de }));
  return [{ shown, history: { ...history, said, step: "" } }];
});

test("every sentence is true, in both languages", async () => {
  const judged = await judge(WALK.map(({ history }) => history));
  expect(firsts(judged, (n) => WALK[n]?.history.log)).toEqual([]);
  expect(WALK.length).toBeGreaterThan(5_000);
});

test("every sentence of the table is met", () => {
  const met = new Set<string>(WALK.flatMap(({ shown }) => shown.map(({ id }) => id)));
  expect(
    Object.keys(DESK)
      .filter((id) => !met.has(id))
      .sort(),
  ).toEqual(NOT_MET.sort());
});

describe("sentences made false on purpose are caught", () => {
  let caught: Map<string, Caught>;
  beforeAll(async () => {
    caught = await tell(
      ABOUT_THE_DESK,
      WALK.map(({ history }) => history),
    );
  });

  test.each(ABOUT_THE_DESK)("$language: $name", ({ name }) => {
    const { told, believed } = caught.get(name) ?? { told: 0, believed: 0 };
    expect(told).toBeGreaterThan(0);
    expect(believed).toBe(0);
  });

  test("ten at least, and in both languages", () => {
    expect(ABOUT_THE_DESK.length).toBeGreaterThanOrEqual(10);
    expect(new Set(ABOUT_THE_DESK.map(({ language }) => language))).toEqual(new Set(["en", "de"]));
    expect(caught.size).toBe(ABOUT_THE_DESK.length);
  });
});
