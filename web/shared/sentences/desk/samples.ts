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

/** Where a position puts somebody, and how long they take from there, on foot. */
const at = (age_s: number, distance_m: number, left = true) => ({
  position_at: ago(age_s),
  distance_m,
  left,
  eta_s: Math.max(0, Math.ceil((distance_m * 1.3) / 2.3) - (left ? age_s : 0)),
});
const NOT_LEFT = false;

/** Every way that somebody who was asked can stand to an incident. */
export const PEOPLE: AlertFacts[] = [
  person({ state: "queued" }),
  person({ state: "queued", push_waiting: true }),
  person({ state: "seen", position: "place" }),
  person({ state: "declined" }),
  person({ state: "lapsed" }),
  person({ state: "stood_down", stood_down_because: "doubt_ended", told_version: 2 }),
  person({ state: "stood_down", stood_down_because: "merged" }),
  yes({}),
  yes({ ...at(5, 420, NOT_LEFT), told_version: 4, confirmed_version: 4 }),
  yes(at(45, 400, NOT_LEFT)),
  yes(at(75, 420, NOT_LEFT)),
  yes(at(5, 100)),
  yes({ ...at(200, 420, NOT_LEFT), heard_at: ago(200), doubtful: true }),
  way({}),
  way({ ...at(5, 200), skills: [] }),
  way({ ...at(45, 700), in_danger: true, danger_at: ago(20) }),
  way({ ...at(75, 1300), told_version: 5, confirmed_version: 3 }),
  way({ ...at(5, 300), in_danger: true, doubtful: true, heard_at: null }),
  way({ ...at(400, 1240), heard_at: ago(400), doubtful: true }),
  way({ ...at(5, 8), presence: "at_address" }),
  way({ ...at(500, 8), presence: "at_address", heard_at: ago(500) }),
  person({ state: "on_scene", heard_at: ago(100) }),
  person({ state: "on_scene", position_at: ago(5), with_patient_at: ago(60) }),
  person({ state: "on_scene", in_danger: true, danger_at: ago(30) }),
  person({ state: "finished", finished_at: ago(30) }),
  person({ state: "finished", finish_reason: "ems_took_over", with_patient_at: ago(300) }),
  person({ state: "finished", finish_reason: "had_to_leave" }),
  person({ state: "finished", finish_reason: "ems_took_over", round: 1 }),
  person({ state: "withdrawn", with_patient_at: ago(300) }),
];

/** What the incident itself can be, besides its people. */
type Shape = Partial<IncidentFacts> & { state: string };

const WAVE = { wave: 2, radius_m: 2000, at: ago(-42.5) };
const DUE = { ...WAVE, at: ago(1) };
/** When alerting began: as the place was released in spite of the scene, or as it was reopened. */
const SINCE = ago(600);
const OVERRIDE = { by: "carla", at: SINCE };
const SCENES: Partial<IncidentFacts>[] = [
  { scene: "safe", danger: false },
  { scene: "unknown", danger: false },
  { scene: "unknown", danger: true },
  { scene: "unsafe", danger: true },
  { scene: "unsafe", danger: true, override: OVERRIDE },
];
const STATES: Shape[] = [
  { state: "held", held_reasons: ["call_too_old", "ems_due"] },
  { state: "held", held_reasons: ["scene_not_cleared"] },
  { state: "held", held_reasons: ["scene_unsafe", "call_too_old"] },
  { state: "alerting", next: WAVE, ems_eta_at: ago(-200) },
  { state: "alerting", next: DUE },
  { state: "alerting" },
  { state: "covered", ems_eta_at: ago(20) },
  { state: "covered", next: WAVE },
  { state: "exhausted", exhausted_reason: "nobody_in_reach" },
  { state: "exhausted", exhausted_reason: "max_asked" },
  { state: "exhausted", exhausted_reason: "no_replacement" },
  { state: "closed", outcome: "completed", ems_eta_at: ago(-200) },
  { state: "closed", outcome: "duplicate" },
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

/** Reasons to hold that say what is known of the scene; with none of them it is safe. */
const SCENE_OF: Record<string, string> = { scene_not_cleared: "unknown", scene_unsafe: "unsafe" };

/** The incident, or null when nothing can bring it about. */
function put(people: AlertFacts[], shape: Shape): IncidentFacts | null {
  const { state } = shape;
  // only the first round is held, and only from there an unsafe scene is overridden
  const round = state === "held" || shape.override ? 1 : 2;
  if (round === 1 && people.some((one) => one.round === 1)) return null;
  const inOrder = people.toSorted((a, b) => a.round - b.round);
  const alerts = inOrder.map((one, n) => ({
    ...one,
    id: `a${n}`,
    // the first is asked again in the next round
    responder_id: n === 0 && one.round === 1 ? `r${people.length - 1}` : `r${n}`,
    round: Math.min(one.round, round),
  }));
  const ringing = alerts.filter((one) => one.state === "queued" || one.state === "seen").length;
  const incident: IncidentFacts = {
    exercise: false,
    scene: "safe",
    danger: false,
    opened_at: ago(900),
    alerting_since: state === "held" ? null : SINCE,
    round,
    reopened_at: round > 1 ? SINCE : null,
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
  if (state === "alerting" || state === "exhausted") incident.wanted = filled + 1;
  const heldFor = incident.held_reasons.map((reason) => SCENE_OF[reason]).find(Boolean) ?? "safe";
  const possible = {
    held: alerts.length === 0 && !incident.override && incident.scene === heldFor,
    alerting: ringing > 0 || incident.next != null || incident.danger,
    covered: filled > 0 && (incident.next == null || engaged.some((one) => one.doubtful)),
    exhausted: ringing === 0 && (!incident.danger || incident.override != null),
    closed: ringing === 0 && engaged.every((one) => one.state === "on_scene") && !incident.override,
  }[state];
  const merged = alerts.some((one) => one.stood_down_because === "merged");
  if (merged && incident.outcome !== "duplicate") return null;
  const report = alerts.some((one) => one.in_danger);
  if (!possible || (report && (!incident.danger || incident.override))) return null;
  // not to know the scene is danger only by somebody's word, and they were on it
  const spoke = alerts.some((one) => one.round === round && (isEngaged(one) || LEFT.includes(one.state)));
  if (incident.scene === "unknown" && incident.danger && (state === "held" || !spoke)) return null;
  return incident;
}

/** Said yes and is not on it any more. */
const LEFT = ["finished", "withdrawn"];

/** Nobody, and every group of up to `most` of these; the same kind of person may come twice. */
function* groups(kinds: AlertFacts[], most: number): Generator<AlertFacts[]> {
  yield [];
  if (most === 0) return;
  for (const [n, kind] of kinds.entries()) {
    for (const rest of groups(kinds.slice(n), most - 1)) yield [kind, ...rest];
  }
}
