// What is urgent, what sounds, and when it is quiet again.
import { expect, test } from "vitest";
import type { Incident } from "../api/types.ts";
import { type Known, NOTHING, reduce } from "./reducer.ts";
import { alert, incident, NOBODY, START, time } from "./samples.ts";
import { alarms, byUrgency, heardBy, newlySpent, sounding, urgency } from "./urgency.ts";

const at = (seconds: number) => START + seconds * 1000;
const empty = NOBODY;
const know = (one: Incident): Known => reduce(NOTHING, { type: "read", items: [one], now: START });

test("nobody coming is an alarm from the sixtieth second on, and not a second before", () => {
  expect(alarms(incident(), at(59))).toEqual([]);
  expect(alarms(incident(), at(60))).toEqual(["nobody_coming"]);
  expect(alarms(incident({ summary: { ...empty, coming: 1 } }), at(600))).toEqual([]);
  expect(alarms(incident({ summary: { ...empty, on_scene: 1 } }), at(600))).toEqual([]);
});

test("exhausted is an alarm at once, but not while somebody comes, and not in an exercise", () => {
  expect(alarms(incident({ state: "exhausted" }), at(1))).toEqual(["exhausted"]);
  expect(alarms(incident({ state: "exhausted", summary: { ...empty, coming: 1 } }), at(1))).toEqual([]);
  expect(alarms(incident({ state: "exhausted", exercise: true }), at(1))).toEqual([]);
});

test("danger is heard in an exercise too, and ends when the person is out of it", () => {
  const inDanger = (state: string) =>
    incident({ exercise: true, alerts: [alert({ state, in_danger: true })] });
  expect(alarms(inDanger("on_scene"), at(1))).toEqual(["danger"]);
  expect(urgency(inDanger("on_scene"), at(1))).toBe("danger");
  expect(alarms(inDanger("finished"), at(1))).toEqual([]);
});

test("the order is danger, nobody, alerting, held, covered, exercise; the older first", () => {
  const all = [
    incident({ id: "exercise", exercise: true, opened_at: time(-900) }),
    incident({ id: "covered", state: "covered", opened_at: time(-800), summary: { ...empty, coming: 3 } }),
    incident({ id: "held", state: "held", opened_at: time(-700) }),
    incident({ id: "alerting-new", opened_at: time(-5) }),
    incident({ id: "alerting-old", opened_at: time(-50) }),
    incident({ id: "nobody", opened_at: time(-61) }),
    incident({ id: "exhausted", state: "exhausted", opened_at: time(-62) }),
    incident({ id: "unsafe", state: "held", scene: "unsafe" }),
  ];
  expect(byUrgency(all, START).map(({ incident }) => incident.id)).toEqual([
    "unsafe",
    "exhausted",
    "nobody",
    "alerting-old",
    "alerting-new",
    "held",
    "covered",
    "exercise",
  ]);
});

test("an acknowledged alarm is quiet until it rises again", () => {
  const acknowledged = [{ alarm: "nobody_coming" as const, by: "ann", at: time(70) }];
  let known = know(incident({ opened_at: time(0) }));
  expect(sounding(known, at(65)).map(({ kind }) => kind)).toEqual(["nobody_coming"]);

  known = know(incident({ acknowledged }));
  expect(sounding(known, at(75))).toEqual([]);
  expect(newlySpent(known, at(75))).toEqual([]);

  // somebody says yes: the alarm is over, and with it the acknowledgement
  known = know(incident({ acknowledged, summary: { ...empty, coming: 1 } }));
  known = reduce(known, { type: "spent", keys: newlySpent(known, at(80)) });
  // and takes it back
  known = reduce(known, { type: "incident", incident: incident({ version: 2, acknowledged }) });
  expect(sounding(known, at(90)).map(({ kind }) => kind)).toEqual(["nobody_coming"]);

  // heard a second time
  const again = [{ alarm: "nobody_coming" as const, by: "bob", at: time(95) }];
  known = reduce(known, { type: "incident", incident: incident({ version: 3, acknowledged: again }) });
  expect(sounding(known, at(96))).toEqual([]);
  const now = known.incidents.get("i1");
  expect(now && heardBy(known, now, "nobody_coming")?.by).toBe("bob");
});
