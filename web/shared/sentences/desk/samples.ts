// Every combination of facts that an incident can have at the desk, for the walk of the tests: up to three people,
// each in any way that somebody can stand to an incident, times everything that the incident itself can be.
import type { AlertFacts, IncidentFacts } from "./facts.ts";
import { isDone, isEngaged } from "./people.ts";

export const NOW = Date.parse("2026-11-24T10:00:00.000Z");
export const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const person = (part: Partial<AlertFacts>): AlertFacts => ({
  id: "",
  responder_id: "",
  state: "sent",
  push_waiting: false,
  role: "cpr",
  skills: ["bls", "nurse"],
  distance_m: 420,
  eta_s: 150,
  fix_age_s: 12,
  position: "live",
  position_at: null,
  left: false,
  presence: null,
  doubtful: false,
  heard_at: null,
  in_danger: false,
  round: 2,
  ...part,
});
const yes = (part: Partial<AlertFacts>) => person({ state: "accepted", heard_at: ago(9), ...part });
const way = (part: Partial<AlertFacts>) =>
  person({ state: "en_route", left: true, heard_at: ago(9), ...part });

/** Every way that somebody who was asked can stand to an incident. */
export const PEOPLE: AlertFacts[] = [
  person({ state: "queued" }),
  person({ state: "queued", push_waiting: true }),
  person({ state: "seen", position: "place" }),
  person({ state: "declined" }),
  person({ state: "lapsed" }),
  person({ state: "stood_down", stood_down_because: "doubt_ended", told_version: 2 }),
  yes({}),
  yes({ position_at: ago(5), told_version: 4, confirmed_version: 4 }),
  yes({ position_at: ago(45) }),
  yes({ position_at: ago(75) }),
  yes({ position_at: ago(5), left: true, eta_s: 50 }),
  yes({ position_at: ago(200), heard_at: ago(200), doubtful: true }),
  way({}),
  way({ position_at: ago(5), skills: [] }),
  way({ position_at: ago(45), in_danger: true, danger_at: ago(20) }),
  way({ position_at: ago(75), told_version: 5, confirmed_version: 3 }),
  way({ position_at: ago(5), in_danger: true, doubtful: true, heard_at: null }),
  way({ position_at: ago(400), heard_at: ago(400), doubtful: true }),
  way({ position_at: ago(5), presence: "at_address", eta_s: 0 }),
  way({ position_at: ago(500), presence: "at_address", heard_at: ago(500) }),
  person({ state: "on_scene", left: true, heard_at: ago(100) }),
  person({ state: "on_scene", left: true, position_at: ago(5), with_patient_at: ago(60) }),
  person({ state: "on_scene", left: true, in_danger: true, danger_at: ago(30) }),
  person({ state: "finished", left: true, finished_at: ago(30) }),
  person({ state: "finished", left: true, finish_reason: "ems_took_over", with_patient_at: ago(300) }),
  person({ state: "finished", left: true, finish_reason: "had_to_leave" }),
  person({ state: "finished", left: true, finish_reason: "ems_took_over", round: 1 }),
];

/** What the incident itself can be, besides its people. */
type Shape = Partial<IncidentFacts> & { state: string };

const WAVE = { wave: 2, radius_m: 2000, at: ago(-42.5) };
const DUE = { ...WAVE, at: ago(1) };
const OVERRIDE = { by: "carla", at: ago(50) };
const SCENES: Partial<IncidentFacts>[] = [
  { scene: "safe", danger: false },
  { scene: "unknown", danger: true },
  { scene: "unsafe", danger: true },
  { scene: "unsafe", danger: true, override: OVERRIDE },
];
const STATES: Shape[] = [
  { state: "held", held_reasons: ["call_too_old", "ems_due"] },
  { state: "alerting", next: WAVE, ems_eta_at: ago(-200) },
  { state: "alerting", next: DUE },
  { state: "alerting" },
  { state: "covered", ems_eta_at: ago(20) },
  { state: "covered", next: WAVE },
  { state: "exhausted", exhausted_reason: "nobody_in_reach" },
  { state: "exhausted", exhausted_reason: "max_asked" },
  { state: "exhausted", exhausted_reason: "no_replacement" },
  { state: "closed", outcome: "completed" },
];

/** Every combination that can be: of three people at once each third kind. */
export function* incidents(): Generator<IncidentFacts> {
  const some = PEOPLE.filter((_, n) => n % 3 === 0);
  for (const people of [...groups(PEOPLE, 2), ...groups(some, 3)]) {
    for (const state of STATES) {
      for (const scene of SCENES) {
        const incident = put(people, { ...state, ...scene });
        if (incident) yield incident;
      }
    }
  }
}

/** The incident, or null when nothing can bring it about. */
function put(people: AlertFacts[], shape: Shape): IncidentFacts | null {
  const alerts = people.map((one, n) => ({ ...one, id: `a${n}`, responder_id: `r${n}` }));
  const ringing = alerts.filter(({ state }) => state === "queued" || state === "seen").length;
  const { state } = shape;
  const incident: IncidentFacts = {
    exercise: false,
    scene: "safe",
    danger: false,
    opened_at: ago(400),
    alerting_since: state === "held" ? null : ago(90),
    round: 2,
    reopened_at: ago(95),
    wanted: 1,
    next: null,
    ringing,
    exhausted_reason: null,
    held_reasons: [],
    override: null,
    alerts,
    address: { doubtful: true },
    ...shape,
  };
  if (incident.danger && !incident.override && incident.next) incident.next = null;
  const engaged = alerts.filter(isEngaged);
  const filled = engaged.length + alerts.filter(isDone(incident)).length;
  const possible = {
    held: ringing === 0 && filled === 0 && !incident.override && incident.scene !== "unknown",
    alerting: ringing > 0 || incident.next != null || incident.danger,
    covered: filled > 0 && (incident.next == null || engaged.some((one) => one.doubtful)),
    exhausted: ringing === 0 && (!incident.danger || incident.override != null),
    closed: ringing === 0 && engaged.every((one) => one.state === "on_scene") && !incident.override,
  }[state];
  const report = alerts.some((one) => one.in_danger);
  return possible && (!report || incident.danger || state === "closed") ? incident : null;
}

/** Nobody, and every group of up to `most` of these; the same kind of person may come twice. */
function* groups(kinds: AlertFacts[], most: number): Generator<AlertFacts[]> {
  yield [];
  if (most === 0) return;
  for (const [n, kind] of kinds.entries()) {
    for (const rest of groups(kinds.slice(n), most - 1)) yield [kind, ...rest];
  }
}
