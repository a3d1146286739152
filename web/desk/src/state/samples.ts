// Incidents for the unit tests.
import type { Alert, Incident } from "../api/types.ts";

export const START = Date.parse("2026-11-22T10:00:00.000Z");
export const time = (seconds: number) => new Date(START + seconds * 1000).toISOString();

export function alert(part: Partial<Alert> = {}): Alert {
  return {
    id: "a1",
    responder_id: "anna",
    state: "sent",
    role: "cpr",
    skills: ["bls"],
    distance_m: 143,
    eta_s: 96,
    fix_age_s: 12,
    position: "live",
    wave: 1,
    version: 1,
    sent_at: time(0),
    received_at: null,
    seen_at: null,
    accepted_at: null,
    with_patient_at: null,
    heard_at: null,
    answer_by: time(30),
    expires_at: time(600),
    left: false,
    doubtful: false,
    in_danger: false,
    push_waiting: false,
    round: 1,
    told_version: null,
    confirmed_version: null,
    ...part,
  };
}

/** Nobody is coming. */
export const NOBODY: Incident["summary"] = {
  coming: 0,
  left: 0,
  on_scene: 0,
  at_address: 0,
  finished: 0,
  first_eta_s: null,
  first_skill: null,
  as_of: time(0),
};

export function incident(part: Partial<Incident> = {}): Incident {
  return {
    id: "i1",
    version: 1,
    state: "alerting",
    kind: "cardiac_arrest",
    plan: { id: "cardiac_arrest", version: 3 },
    opened_at: time(0),
    alerting_since: time(0),
    round: 1,
    ringing: 0,
    called_at: null,
    ems_eta_at: null,
    closed_at: null,
    outcome: null,
    exercise: false,
    location: { lat: 36.8529, lon: -75.978 },
    moved_from: null,
    address: null,
    message: null,
    source: null,
    patient_age_y: null,
    scene: "safe",
    danger: false,
    place: "unknown",
    wave: 1,
    wanted: 3,
    overbook: 1,
    accepted: 0,
    summary: NOBODY,
    alerts: [],
    possible_duplicates: [],
    held_reasons: [],
    acknowledged: [],
    warnings: [],
    ...part,
  };
}
