// A history that leads to given facts: the log and the positions of an incident of the walk, as the server would have
// them. The checker reads the facts out of it again, so that neither of the two is believed for itself.
import type { AlertFacts, IncidentFacts } from "../shared/sentences/desk/facts.ts";
import { ago, NOW } from "../shared/sentences/desk/samples.ts";
import type { Case, Fix } from "./check.ts";

export const PLACE = { lat: 50, lon: 8 };
/** A degree of latitude, metres. */
const DEGREE_M = 111_195;
const PLAN = { max_asked: 20, max_call_age_s: 900, scene: ["safe"] };

/** Something that happened so many seconds ago. */
export interface Happened {
  ago_s: number;
  type: string;
  alert_id?: string;
  detail?: Record<string, unknown>;
}

const since = (instant: string | null | undefined) => (instant ? (NOW - Date.parse(instant)) / 1000 : 0);

/** As a log, in the order of the instants. */
export function logOf(happened: Happened[]): Case["log"] {
  return happened
    .toSorted((a, b) => b.ago_s - a.ago_s)
    .map(({ ago_s, type, alert_id, detail }, n) => ({
      at: ago(ago_s),
      version: n + 1,
      type,
      detail: detail ?? {},
      ...(alert_id && { alert_id }),
    }));
}

/** A position so far north of the place. */
export const fixAt = (ago_s: number, metres: number): Fix => ({
  lat: PLACE.lat + metres / DEGREE_M,
  lon: PLACE.lon,
  accuracy_m: 8,
  at: ago(ago_s),
});

/** The incident's history; null when the server never says these facts. */
export function historyOf(incident: IncidentFacts): Omit<Case, "said" | "step"> | null {
  const { round, alerts } = incident;
  if (alerts.some(isNeverSaid)) return null;
  const begun = since(incident.alerting_since);
  const happened: Happened[] = [{ ago_s: 900, type: "raised", detail: { opening: openingOf(incident) } }];
  const add = (ago_s: number, type: string, detail = {}) => happened.push({ ago_s, type, detail });
  if (round > 1) {
    add(begun + 10, "closed", { outcome: "completed" });
    add(begun, "reopened");
  }
  if (incident.override) add(begun, "released", { override_by: incident.override.by });
  if (incident.held_reasons.includes("ems_due")) add(50, "still_held", { reasons: incident.held_reasons });
  if (incident.state !== "held") add(begun - 1, "wave_launched", { wave: (incident.next?.wave ?? 2) - 1 });
  for (const alert of alerts) happened.push(...personOf(alert, alert.round === round ? begun : 900));
  if (incident.address?.doubtful) add(85, "moved", { distances: [], address_doubtful: true });
  danger(incident, happened, begun);
  if (incident.state === "covered") add(4, "covered");
  if (incident.state === "exhausted") add(4, "exhausted", { why: incident.exhausted_reason });
  if (incident.state === "closed") add(2, "closed", { outcome: incident.outcome });
  for (const { id } of alerts.filter((one) => !isBehind(one)))
    happened.push({ ago_s: 1, type: "confirmed", alert_id: id, detail: { shown: 1_000 } });
  return {
    now: new Date(NOW).toISOString(),
    place: PLACE,
    log: logOf(happened),
    fixes: Object.fromEntries(
      alerts.map(({ responder_id: who }) => [
        who,
        alerts.filter(({ responder_id }) => responder_id === who).flatMap(fixesOf),
      ]),
    ),
    address: { line: "1 Main Street" },
    slack_s: 0,
  };
}

/** Fields that are empty only where a server is older than they are. */
const isNeverSaid = ({ in_danger, danger_at, doubtful, heard_at }: AlertFacts) =>
  (in_danger && !danger_at) || (doubtful && !heard_at);

const isBehind = ({ told_version, confirmed_version }: AlertFacts) =>
  told_version != null && (confirmed_version ?? 0) < told_version;

function openingOf(incident: IncidentFacts) {
  const { next, held_reasons, override } = incident;
  const atBegin = incident.state === "held" || override;
  const waves = [{ after_s: 0, radius_m: 600 }];
  if (next) waves.push({ after_s: since(incident.alerting_since) - since(next.at), radius_m: next.radius_m });
  const asked = incident.alerts.filter((one) => one.round === incident.round).length;
  return {
    // an unsafe scene that nobody overrides becomes so later
    scene: incident.scene === "unsafe" && !atBegin ? "safe" : incident.scene,
    ems_eta_at: incident.ems_eta_at,
    called_at: held_reasons.includes("call_too_old") ? ago(2000) : null,
    plan: {
      ...PLAN,
      waves,
      wanted: incident.wanted,
      scene: held_reasons.includes("scene_not_cleared") ? ["safe"] : ["safe", "unknown"],
      ...(incident.exhausted_reason === "max_asked" && { max_asked: asked }),
    },
  };
}

/** Steps of an answer up to a state. */
const STEPS: Record<string, string[]> = {
  seen: ["sent", "received", "seen"],
  declined: ["declined"],
  lapsed: ["lapsed"],
  stood_down: ["stood_down"],
  accepted: ["accepted"],
  en_route: ["accepted", "departed"],
  on_scene: ["accepted", "departed", "arrived"],
  finished: ["accepted", "departed", "arrived", "finished"],
  withdrawn: ["accepted", "departed", "arrived", "withdrawn"],
};
const ENDED_S: Record<string, number> = { finished: 30, withdrawn: 40, stood_down: 60 };

/** What happened to one person, asked so many seconds ago. */
function personOf(alert: AlertFacts, begun: number): Happened[] {
  const all: Happened[] = [];
  const add = (ago_s: number, type: string, detail = {}) =>
    all.push({ ago_s, type, alert_id: alert.id, detail });
  const { id, responder_id, role, skills, fix_age_s, position } = alert;
  // as they were asked, which is not where they are
  const asked = { id, responder_id, role, skills, fix_age_s, position, distance_m: 420 };
  add(begun - 10, "alerted", { alert: { ...asked, answer_by: ago(begun - 60) } });
  for (const [n, step] of (STEPS[alert.state] ?? []).entries()) {
    // who is done in an earlier round is so before the next begins
    const ended = begun === 900 ? 620 : ENDED_S[step];
    const detail = { why: step === "finished" ? alert.finish_reason : alert.stood_down_because };
    add((step === alert.state && ended) || begun - 20 - n, step, detail);
  }
  if (alert.push_waiting) add(begun - 11, "push_put_off", { reason: "UNAVAILABLE" });
  if (alert.with_patient_at) add(since(alert.with_patient_at), "reached_patient");
  if (alert.presence === "at_address") add(begun - 30, "at_address");
  if (alert.heard_at) add(since(alert.heard_at), "heard", { heard_at: alert.heard_at });
  if (alert.doubtful) add(50, "still_going_asked");
  if (alert.in_danger) add(since(alert.danger_at), "danger_reported");
  return all;
}

/** A position, if one came since the yes. */
const fixesOf = ({ position_at, distance_m }: AlertFacts) =>
  position_at ? [fixAt(since(position_at), distance_m)] : [];

/** How the danger came about that nobody's open report is. */
function danger(
  { danger, scene, override, state, round, alerts }: IncidentFacts,
  log: Happened[],
  begun: number,
) {
  if (!danger || override || state === "held") return;
  if (scene === "unsafe") log.push({ ago_s: 80, type: "scene_changed", detail: { scene } });
  else if (!alerts.some((one) => one.in_danger)) {
    // somebody who was on it said so, and said that they are safe again
    const who = log.find(({ type, ago_s }) => type === "accepted" && ago_s < begun)?.alert_id;
    const of = alerts.find(({ id, round: theirs }) => id === who && theirs === round);
    for (const [n, type] of ["danger_reported", "danger_ended"].entries())
      if (of) log.push({ ago_s: begun - 24 - n * 0.1, type, alert_id: of.id });
  }
}
