// What is urgent, and what must be heard. Pure.
import { mayClose } from "../../../shared/sentences/desk/next.ts";
import type { AlarmKind, Alert, Incident } from "../api/types.ts";
import { type Choices, isRaising, REMIND_AFTER_MS, timesDue } from "./choices.ts";
import { millis, secondsSince } from "./clock.ts";
import type { Known } from "./reducer.ts";

/** After so many seconds without anybody coming the desk must hear of it. */
export const NOBODY_AFTER_S = 60;

/** Classes of urgency, the most urgent first. Each has a shape, a colour and a letter. */
export const CLASSES = ["danger", "nobody", "alerting", "held", "covered", "exercise", "closed"] as const;
export type Urgency = (typeof CLASSES)[number];

/** Said yes and is not done. */
export const isEngaged = (alert: Alert) => ["accepted", "en_route", "on_scene"].includes(alert.state);
/** Asked, and the answer may still come. */
export const isUnanswered = (alert: Alert) => ["queued", "sent", "received", "seen"].includes(alert.state);

const isEmpty = (incident: Incident) => incident.summary.coming + incident.summary.on_scene === 0;
const isUnsafe = (incident: Incident) => incident.state !== "closed" && incident.scene === "unsafe";

/** Whoever ends for one of these leaves the patient without help. */
const GONE = ["no_access", "had_to_leave"];

/** Left in this round without handing over. */
const isGone = (incident: Incident) => (alert: Alert) =>
  alert.round === incident.round &&
  ((alert.state === "finished" && GONE.includes(alert.finish_reason ?? "")) ||
    (alert.state === "withdrawn" && alert.with_patient_at != null));

/** What is wrong with an incident now; the worst first. */
export function alarms(incident: Incident, now: number): AlarmKind[] {
  const found: AlarmKind[] = [];
  // neither a practice nor its end makes it harmless
  if (incident.alerts.some((alert) => alert.in_danger)) found.push("danger");
  if (incident.state === "closed") return found;
  if (isUnsafe(incident)) found.push("unsafe");
  // whoever practises knows that nobody is in need
  if (incident.exercise || incident.state === "held") return found;
  const since = incident.alerting_since ?? incident.opened_at;
  // where nobody is needed any more nobody is missed
  if (isEmpty(incident) && !mayClose(incident)) {
    if (incident.state === "exhausted") found.push("exhausted");
    else if (incident.state === "alerting" && secondsSince(since, now) >= NOBODY_AFTER_S)
      found.push("nobody_coming");
  }
  const due = incident.ems_eta_at != null && millis(incident.ems_eta_at) <= now;
  if (!due && incident.alerts.some(isGone(incident))) found.push("left");
  if (incident.alerts.some((alert) => alert.push_waiting)) found.push("unreachable");
  return found;
}

export function urgency(incident: Incident, now: number): Urgency {
  const wrong = alarms(incident, now);
  if (incident.state === "closed") return isUnheardDanger(incident) ? "danger" : "closed";
  if (incident.danger || wrong.includes("danger") || wrong.includes("unsafe")) return "danger";
  if (incident.exercise) return "exercise";
  if (wrong.some((kind) => kind === "nobody_coming" || kind === "exhausted")) return "nobody";
  if (wrong.includes("unreachable") && isEmpty(incident)) return "nobody";
  if (incident.state === "held") return "held";
  if (incident.state === "exhausted" && mayClose(incident)) return "covered";
  return incident.state === "covered" ? "covered" : "alerting";
}

/** An incident with its class. */
export interface Ranked {
  incident: Incident;
  kind: Urgency;
}

/** The most urgent first; within that, the older. Closed ones: the last closed first. */
export function byUrgency(incidents: Iterable<Incident>, now: number): Ranked[] {
  const all = [...incidents].map((incident) => {
    const kind = urgency(incident, now);
    const since = incident.state === "closed" ? -millis(incident.closed_at) : millis(incident.opened_at);
    return { incident, kind, rank: CLASSES.indexOf(kind), since };
  });
  return all.sort((a, b) => a.rank - b.rank || a.since - b.since || (a.incident.id < b.incident.id ? -1 : 1));
}

/** What sounds: an alarm of the server's words, or an incident that waits for a decision. */
export type SoundKind = AlarmKind | "held";

/** An alarm that nobody has heard yet. */
export interface Alarm {
  incident: Incident;
  kind: SoundKind;
  /** Only this desk is asked, and only its answer counts: how often it was due. */
  due?: number;
  /** It is said again, once: somebody knew of it. */
  reminder: boolean;
}

const key = (id: string, kind: SoundKind) => `${id} ${kind}`;
const KINDS: SoundKind[] = ["danger", "unsafe", "nobody_coming", "exhausted", "left", "unreachable", "held"];
/** Reasons that a person gave with the scene; all others are the system's own. */
const CHOSEN = ["scene_unsafe", "scene_not_cleared"];

/** A report of danger that nobody has said they know of. */
export const isUnheardDanger = (incident: Incident) =>
  incident.alerts.some((alert) => alert.in_danger) && !isHeard(incident, "danger");

/** When the newest of what this alarm is about happened; null when it is one state, and no reports. */
function newestReport(incident: Incident, kind: AlarmKind): number | null {
  const times = (some: Alert[], at: (alert: Alert) => string | null | undefined) =>
    some.map((alert) => millis(at(alert))).filter(Number.isFinite);
  const all =
    kind === "danger"
      ? times(
          incident.alerts.filter((alert) => alert.in_danger),
          (alert) => alert.danger_at,
        )
      : kind === "left"
        ? times(incident.alerts.filter(isGone(incident)), (alert) => alert.finished_at)
        : [];
  return all.length > 0 ? Math.max(...all) : null;
}

/** Somebody acknowledged it after the newest report of it. */
function isHeard(incident: Incident, kind: AlarmKind) {
  const heard = incident.acknowledged?.find((one) => one.alarm === kind);
  const newest = newestReport(incident, kind);
  return heard && (newest === null || millis(heard.at) >= newest) ? heard : undefined;
}

/** Who heard this alarm, while it lasts. */
export function heardBy(known: Known, incident: Incident, kind: AlarmKind) {
  const heard = isHeard(incident, kind);
  return heard && known.spent.get(key(incident.id, kind)) !== heard.at ? heard : undefined;
}

/** The alarms that sound at this desk, the worst and oldest first. */
export function sounding(known: Known, choices: Choices, now: number): Alarm[] {
  const all: Alarm[] = [];
  for (const incident of known.incidents.values()) {
    for (const kind of alarms(incident, now)) {
      if (kind === "unsafe" && isChosen(incident, choices)) {
        const since = choices.unsafe.get(incident.id) ?? now;
        add(all, choices, { incident, kind, due: timesDue(since, REMIND_AFTER_MS, now), reminder: true });
      } else if (!heardBy(known, incident, kind)) all.push({ incident, kind, reminder: false });
    }
    if (incident.state === "held" && !incident.exercise && incident.scene !== "unsafe") {
      // what the system chose is heard at once, what a person chose when they may have forgotten it
      const system = incident.held_reasons.some((reason) => !CHOSEN.includes(reason));
      const due = timesDue(heldSince(incident), system ? 0 : REMIND_AFTER_MS, now);
      add(all, choices, { incident, kind: "held", due, reminder: !system || due > 1 });
    }
  }
  const rank = (alarm: Alarm) => KINDS.indexOf(alarm.kind);
  return all.sort((a, b) => rank(a) - rank(b) || millis(a.incident.opened_at) - millis(b.incident.opened_at));
}

const heldSince = (incident: Incident) => millis(incident.reopened_at ?? incident.opened_at);

/** The scene is unsafe by this desk's own word. */
const isChosen = (incident: Incident, choices: Choices) =>
  choices.unsafe.has(incident.id) || isRaising(choices, millis(incident.opened_at));

function add(all: Alarm[], choices: Choices, alarm: Alarm & { due: number }): void {
  const answered = choices.answered.get(key(alarm.incident.id, alarm.kind)) ?? 0;
  if (alarm.due > answered) all.push(alarm);
}

/** Acknowledgements whose alarm is over: when it rises again, it sounds again. */
export function newlySpent(known: Known, now: number): [string, string][] {
  const spent: [string, string][] = [];
  for (const incident of known.incidents.values()) {
    if (!incident.acknowledged?.length) continue;
    const wrong = alarms(incident, now);
    for (const { alarm, at } of incident.acknowledged) {
      const of = key(incident.id, alarm);
      if (!wrong.includes(alarm) && known.spent.get(of) !== at) spent.push([of, at]);
    }
  }
  return spent;
}
