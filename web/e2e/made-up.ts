// Incidents and people that nobody has met, the same in every run.
import type { Alert, Incident, LogItem } from "../desk/src/api/types.ts";

export const CENTRE = { lat: 36.84, lon: -76.06 };
const KINDS = ["cardiac_arrest", "unconscious", "breathing", "allergy", "chest_pain"];
const SKILLS = [["bls"], ["bls", "nurse"], ["bls", "paramedic"], ["doctor"]];

/** A number from 0 to 1 that belongs to `n`. */
function chance(n: number): number {
  const x = Math.sin(n * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

/** A place in town that belongs to `n`. */
export function at(n: number): { lat: number; lon: number } {
  const spread = () => 0.045;
  return {
    lat: CENTRE.lat + (chance(n) + chance(n + 0.3) - 1) * spread(),
    lon: CENTRE.lon + (chance(n + 0.5) + chance(n + 0.7) - 1) * spread() * 1.3,
  };
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

function madeUpAlert(incident: number, n: number, state: string, since: number): Alert {
  const said = ["accepted", "en_route", "on_scene"].includes(state);
  return {
    id: `alert-${incident}-${n}`,
    responder_id: `p-${incident}-${n}`,
    state,
    role: n % 3 === 1 ? "clinician" : "cpr",
    skills: SKILLS[(incident + n) % SKILLS.length] ?? ["bls"],
    distance_m: 120 + 90 * n + 10 * chance(incident),
    eta_s: 100 + 70 * n,
    fix_age_s: n % 4 === 3 ? 0 : 5 + n,
    position: n % 4 === 3 ? "place" : "live",
    wave: n < 4 ? 1 : 2,
    version: 1,
    sent_at: ago(since),
    received_at: state === "queued" || state === "sent" ? null : ago(since - 2),
    seen_at: said || state === "seen" ? ago(since - 8) : null,
    accepted_at: said ? ago(Math.max(0, since - 20)) : null,
    with_patient_at: state === "on_scene" ? ago(30) : null,
    heard_at: said ? ago(3) : null,
    answer_by: ago(since - 30),
    expires_at: ago(since - 600),
    position_at: said && n % 4 !== 3 ? ago(n % 4 === 2 ? 40 : 4) : null,
    left: state === "en_route" || state === "on_scene",
    presence: null,
    doubtful: false,
    in_danger: false,
    push_waiting: false,
    danger_at: null,
    round: 1,
    finished_at: state === "finished" ? ago(25) : null,
    finish_reason: state === "finished" ? "ems_took_over" : null,
    stood_down_because: state === "stood_down" ? "enough_accepted" : null,
    told_version: state === "stood_down" ? 2 : null,
    confirmed_version: 1,
  };
}

/** States of the asks of each sort of incident. */
const SORTS: { state: string; asks: string[]; extra?: Partial<Incident> }[] = [
  { state: "covered", asks: ["on_scene", "en_route", "accepted", "lapsed", "declined", "stood_down"] },
  { state: "alerting", asks: ["accepted", "seen", "received", "sent", "queued"] },
  { state: "covered", asks: ["en_route", "en_route", "accepted", "stood_down"] },
  { state: "alerting", asks: ["received", "seen", "declined", "unreachable"] },
  { state: "covered", asks: ["on_scene", "on_scene", "finished"] },
  { state: "held", asks: [], extra: { held_reasons: ["scene_not_cleared"] } },
  { state: "covered", asks: ["en_route", "accepted", "en_route", "withdrawn"] },
  { state: "covered", asks: ["en_route", "en_route"], extra: { exercise: true } },
];

/** The `n`th incident; of the first eight each is another sort. */
export function madeUpIncident(n: number): Incident {
  const sort = SORTS[n % SORTS.length] ?? { state: "alerting", asks: [] };
  const nobody = n % 8 === 3;
  // only the fourth of all waits for long: a desk full of alarms says nothing
  const since = nobody ? (n === 3 ? 74 : 20) : 45 + Math.round(chance(n) * 280);
  const alerts = sort.asks.map((state, k) => madeUpAlert(n, k, state, since));
  const count = (...states: string[]) => alerts.filter((alert) => states.includes(alert.state)).length;
  const coming = alerts.filter((alert) => ["accepted", "en_route"].includes(alert.state));
  const promised = coming.filter((alert) => alert.left && alert.position_at);
  const first = promised[0];
  const ringing = count("queued", "sent", "received", "seen");
  const next = { wave: 2, radius_m: 1_200, at: ago(n === 3 ? -46 : since - 160) };
  return {
    id: `incident-${n}`,
    version: 1,
    state: sort.state,
    kind: KINDS[n % KINDS.length] ?? "unconscious",
    plan: { id: "cardiac_arrest", version: 1 },
    opened_at: ago(since),
    alerting_since: sort.state === "held" ? null : ago(since),
    round: 1,
    reopened_at: null,
    called_at: ago(since + 20),
    ems_eta_at: ago(since - 700),
    closed_at: null,
    outcome: null,
    exercise: false,
    location: { ...at(n), uncertainty_m: 15 },
    moved_from: null,
    address: {
      line: `${n + 1} Shore Drive`,
      floor: "2",
      entry_code: "4711",
      notes: "blue door",
      doubtful: false,
    },
    message: null,
    source: { system: "cad-1", id: `2026-${n}` },
    patient_age_y: 61,
    scene: "safe",
    danger: false,
    place: "private",
    wave: alerts.length > 0 ? 1 : 0,
    next: sort.state === "alerting" ? next : null,
    ringing,
    exhausted_reason: null,
    override: null,
    duplicate_of: null,
    wanted: 3,
    overbook: 1,
    accepted: coming.length + count("on_scene"),
    summary: {
      coming: coming.length,
      left: coming.filter((alert) => alert.left).length,
      on_scene: count("on_scene"),
      at_address: coming.filter((alert) => alert.presence === "at_address").length,
      finished: count("finished"),
      first_eta_s: first?.eta_s ?? null,
      first_skill: first ? (first.skills.at(-1) ?? null) : null,
      as_of: ago(0),
    },
    alerts,
    possible_duplicates: [],
    held_reasons: [],
    acknowledged: [],
    warnings: [],
    ...sort.extra,
  };
}

/** The same incident with so many people under way. */
export function withPeople(incident: Incident, people: number): Incident {
  const n = Number(incident.id.split("-")[1]);
  const alerts = Array.from({ length: people }, (_, k) => madeUpAlert(n, k, "en_route", 60));
  const summary = {
    ...incident.summary,
    coming: people,
    left: people,
    first_eta_s: 90,
    first_skill: "nurse",
  };
  return {
    ...incident,
    state: "covered",
    held_reasons: [],
    wanted: people,
    accepted: people,
    alerts,
    summary,
  };
}

export function madeUpLog(incident: Incident): LogItem[] {
  const desk = { role: "call_handler", subject: "ann" };
  const plan = { waves: [{ radius_m: 600 }, { radius_m: 1_200 }, { radius_m: 2_500 }] };
  const items: Omit<LogItem, "seq" | "version">[] = [
    { at: incident.opened_at, type: "raised", actor: desk, detail: { opening: { plan } } },
  ];
  if (incident.wave > 0) {
    const detail = { wave: 1, radius_m: 600, considered: 9 };
    items.push({ at: incident.opened_at, type: "wave_launched", actor: desk, detail });
    const people = [
      { responder_id: "p-x", distance_m: 530, why: "others_nearer" },
      { responder_id: "p-y", distance_m: 560, why: { barred: "engaged" } },
    ];
    items.push({ at: incident.opened_at, type: "passed_over", actor: desk, detail: { people } });
  }
  for (const alert of incident.alerts) {
    const actor = { role: "responder", subject: alert.responder_id };
    const alert_id = alert.id;
    items.push({ at: alert.sent_at, type: "alerted", actor: desk, alert_id, detail: { alert } });
    if (alert.received_at)
      items.push({ at: alert.received_at, type: "received", actor, alert_id, detail: {} });
    if (alert.accepted_at)
      items.push({ at: alert.accepted_at, type: "accepted", actor, alert_id, detail: {} });
    if (alert.state === "declined") {
      items.push({
        at: alert.sent_at,
        type: "declined",
        actor,
        alert_id,
        detail: {},
        text: "with my children",
      });
    }
  }
  return items.sort((a, b) => a.at.localeCompare(b.at)).map((item, seq) => ({ seq, version: 1, ...item }));
}
