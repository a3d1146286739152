// What is urgent, what sounds, and when it is quiet again.
import { expect, test } from "vitest";
import type { Incident } from "../api/types.ts";
import { answer, chose, NO_CHOICES } from "./choices.ts";
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

test("danger is heard in an exercise too, and ends when the report of it does", () => {
  const inDanger = (state: string) =>
    incident({ exercise: true, alerts: [alert({ state, in_danger: true })] });
  expect(alarms(inDanger("on_scene"), at(1))).toEqual(["danger"]);
  expect(urgency(inDanger("on_scene"), at(1))).toBe("danger");
  // nothing but their own word or the desk's ends it
  expect(alarms(inDanger("finished"), at(1))).toEqual(["danger"]);
  const over = incident({ alerts: [alert({ state: "on_scene", in_danger: false, danger_at: time(0) })] });
  expect(alarms(over, at(1))).toEqual([]);
});

test("the order is danger, nobody, alerting, held, covered, exercise; the older first", () => {
  const all = [
    incident({ id: "exercise", exercise: true, opened_at: time(-900) }),
    incident({ id: "covered", state: "covered", opened_at: time(-800), summary: { ...empty, coming: 3 } }),
    incident({ id: "held", state: "held", opened_at: time(-700) }),
    incident({ id: "alerting-new", opened_at: time(-5) }),
    incident({ id: "alerting-old", opened_at: time(-50) }),
    incident({ id: "nobody", opened_at: time(-61), alerting_since: time(-61) }),
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
  expect(sounding(known, NO_CHOICES, at(65)).map(({ kind }) => kind)).toEqual(["nobody_coming"]);

  known = know(incident({ acknowledged }));
  expect(sounding(known, NO_CHOICES, at(75))).toEqual([]);
  expect(newlySpent(known, at(75))).toEqual([]);

  // somebody says yes: the alarm is over, and with it the acknowledgement
  known = know(incident({ acknowledged, summary: { ...empty, coming: 1 } }));
  known = reduce(known, { type: "spent", keys: newlySpent(known, at(80)) });
  // and takes it back
  known = reduce(known, { type: "incident", incident: incident({ version: 2, acknowledged }) });
  expect(sounding(known, NO_CHOICES, at(90)).map(({ kind }) => kind)).toEqual(["nobody_coming"]);

  // heard a second time
  const again = [{ alarm: "nobody_coming" as const, by: "bob", at: time(95) }];
  known = reduce(known, { type: "incident", incident: incident({ version: 3, acknowledged: again }) });
  expect(sounding(known, NO_CHOICES, at(96))).toEqual([]);
  const now = known.incidents.get("i1");
  expect(now && heardBy(known, now, "nobody_coming")?.by).toBe("bob");
});

const kinds = (known: Known, now: number, choices = NO_CHOICES) =>
  sounding(known, choices, now).map(({ kind, reminder }) => (reminder ? `${kind}, again` : kind));

test("the clock of nobody coming begins with the asking, and not while it is held", () => {
  const held = incident({ state: "held", alerting_since: null, held_reasons: ["scene_not_cleared"] });
  expect(alarms(held, at(600))).toEqual([]);
  const released = incident({ opened_at: time(0), alerting_since: time(64) });
  expect([alarms(released, at(64)), alarms(released, at(123)), alarms(released, at(124))]).toEqual([
    [],
    [],
    ["nobody_coming"],
  ]);
});

test("each report of danger is an alarm of its own, also of somebody else and after the end", () => {
  const reported = (danger_at: string, heard: string | null, more: Partial<Incident> = {}) =>
    incident({
      alerts: [alert({ state: "on_scene", in_danger: true, danger_at })],
      acknowledged: heard ? [{ alarm: "danger", by: "ann", at: heard }] : [],
      ...more,
    });
  expect(kinds(know(reported(time(10), null)), at(11))).toEqual(["danger"]);
  expect(kinds(know(reported(time(10), time(12))), at(13))).toEqual([]);
  expect(kinds(know(reported(time(20), time(12))), at(21))).toEqual(["danger"]);
  const two = reported(time(10), time(12));
  two.alerts.push(alert({ id: "a2", state: "finished", in_danger: true, danger_at: time(15) }));
  expect(kinds(know(two), at(16))).toEqual(["danger"]);

  const closed = { state: "closed", closed_at: time(30), outcome: "completed" };
  expect(kinds(know(reported(time(20), time(12), closed)), at(40))).toEqual(["danger"]);
  expect(urgency(reported(time(20), time(12), closed), at(40))).toBe("danger");
  expect(kinds(know(reported(time(20), time(31), closed)), at(40))).toEqual([]);
  expect(urgency(reported(time(20), time(31), closed), at(40))).toBe("closed");
});

test("whoever leaves without handing over is heard of while the ambulance is not due", () => {
  const gone = (finish_reason: string | null, more: Partial<Incident> = {}) =>
    incident({
      state: "covered",
      summary: { ...empty, on_scene: 1 },
      alerts: [alert({ state: "finished", finish_reason, finished_at: time(50) })],
      ...more,
    });
  for (const reason of ["no_access", "had_to_leave"]) {
    expect(alarms(gone(reason), at(51))).toEqual(["left"]);
    expect(alarms(gone(reason, { ems_eta_at: time(60) }), at(59))).toEqual(["left"]);
    expect(alarms(gone(reason, { ems_eta_at: time(60) }), at(60))).toEqual([]);
    expect(alarms(gone(reason, { round: 2 }), at(51))).toEqual([]);
    expect(alarms(gone(reason, { exercise: true }), at(51))).toEqual([]);
  }
  for (const reason of ["ems_took_over", "not_needed", null])
    expect(alarms(gone(reason), at(51))).toEqual([]);
  // the next one who leaves is another alarm
  const acknowledged = [{ alarm: "left" as const, by: "ann", at: time(55) }];
  expect(kinds(know(gone("no_access", { acknowledged })), at(56))).toEqual([]);
  const next = gone("no_access", { acknowledged });
  next.alerts.push(
    alert({ id: "a2", state: "finished", finish_reason: "had_to_leave", finished_at: time(58) }),
  );
  expect(kinds(know(next), at(59))).toEqual(["left"]);
});

test("an ask that no provider takes is heard of at once, and by the server's word alone", () => {
  const asked = (push_waiting: boolean, state = "queued") =>
    incident({ alerts: [alert({ state, push_waiting, sent_at: time(0) })] });
  expect(alarms(asked(true), at(1))).toEqual(["unreachable"]);
  // one that is on its way is not stuck
  expect(alarms(asked(false), at(30))).toEqual([]);
  expect(urgency(asked(true), at(1))).toBe("nobody");
});

test("nobody is missed where whoever was there says that nobody is needed any more", () => {
  for (const finish_reason of ["ems_took_over", "not_needed"]) {
    const over = (part: Partial<Incident>) =>
      incident({ alerts: [alert({ state: "finished", finish_reason, finished_at: time(50) })], ...part });
    expect(alarms(over({}), at(600))).toEqual([]);
    expect(alarms(over({ state: "exhausted" }), at(600))).toEqual([]);
    expect(urgency(over({ state: "exhausted" }), at(600))).toBe("covered");
    // said of an earlier round it says nothing of this one
    expect(alarms(over({ round: 2 }), at(600))).toEqual(["nobody_coming"]);
  }
  const left = alert({ state: "finished", finish_reason: "had_to_leave", finished_at: time(50) });
  expect(alarms(incident({ alerts: [left] }), at(600))).toEqual(["nobody_coming", "left"]);
});

test("a scene that this desk said is unsafe is silent here, and comes back after 2 minutes and each 5", () => {
  const known = know(incident({ state: "held", scene: "unsafe", held_reasons: ["scene_unsafe"] }));
  expect(kinds(known, at(1))).toEqual(["unsafe"]);
  let choices = chose(NO_CHOICES, "i1", at(0));
  expect(kinds(known, at(119), choices)).toEqual([]);
  expect(kinds(known, at(120), choices)).toEqual(["unsafe, again"]);
  choices = answer(choices, "i1", "unsafe", sounding(known, choices, at(120))[0]?.due ?? 0);
  expect(kinds(known, at(121), choices)).toEqual([]);
  expect(kinds(known, at(419), choices)).toEqual([]);
  expect(kinds(known, at(420), choices)).toEqual(["unsafe, again"]);
  // nobody else chose it
  expect(kinds(known, at(421))).toEqual(["unsafe"]);
  // chosen anew, it counts anew
  expect(kinds(known, at(500), chose(choices, "i1", at(450)))).toEqual([]);
});

test("while this desk raises an unsafe call its own alarm is silent, and no older one", () => {
  const raising = { ...NO_CHOICES, raising: at(0) };
  const unsafe = (opened_at: string) => know(incident({ state: "held", scene: "unsafe", opened_at }));
  expect(kinds(unsafe(time(1)), at(2), raising)).toEqual([]);
  expect(kinds(unsafe(time(-60)), at(2), raising)).toEqual(["unsafe"]);
});

test("what the system holds is heard at once, what a person holds when it may be forgotten", () => {
  const held = (...held_reasons: string[]) =>
    know(incident({ state: "held", alerting_since: null, scene: "unknown", held_reasons }));
  for (const reason of ["call_too_old", "patient_too_young", "plan_holds", "ems_due"]) {
    expect(kinds(held(reason), at(1))).toEqual(["held"]);
    expect(kinds(held("scene_not_cleared", reason), at(1))).toEqual(["held"]);
    const known = answer(NO_CHOICES, "i1", "held", 1);
    expect(kinds(held(reason), at(299), known)).toEqual([]);
    expect(kinds(held(reason), at(300), known)).toEqual(["held, again"]);
  }
  expect(kinds(held("scene_not_cleared"), at(119))).toEqual([]);
  expect(kinds(held("scene_not_cleared"), at(120))).toEqual(["held, again"]);
});
