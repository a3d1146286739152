// What is urgent, and what must be heard. Pure.
import type { AlarmKind, Alert, Incident } from "../api/types.ts";
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

/** What is wrong with an incident now; the worst first. */
export function alarms(incident: Incident, now: number): AlarmKind[] {
  if (incident.state === "closed") return [];
  const found: AlarmKind[] = [];
  if (incident.alerts.some((alert) => alert.in_danger && isEngaged(alert))) found.push("danger");
  if (incident.scene === "unsafe") found.push("unsafe");
  // whoever practises knows that nobody is in need
  if (incident.exercise || !isEmpty(incident)) return found;
  if (incident.state === "exhausted") found.push("exhausted");
  else if (incident.state === "alerting" && secondsSince(incident.opened_at, now) >= NOBODY_AFTER_S)
    found.push("nobody_coming");
  return found;
}

export function urgency(incident: Incident, now: number): Urgency {
  if (incident.state === "closed") return "closed";
  const wrong = alarms(incident, now);
  if (incident.danger || wrong.includes("danger") || wrong.includes("unsafe")) return "danger";
  if (incident.exercise) return "exercise";
  if (wrong.length > 0) return "nobody";
  if (incident.state === "held") return "held";
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

/** An alarm that nobody has heard yet. */
export interface Alarm {
  incident: Incident;
  kind: AlarmKind;
}

const key = (id: string, kind: AlarmKind) => `${id} ${kind}`;
const KINDS: AlarmKind[] = ["danger", "unsafe", "nobody_coming", "exhausted"];

/** Who heard this alarm, while it lasts. */
export function heardBy(known: Known, incident: Incident, kind: AlarmKind) {
  const heard = incident.acknowledged?.find((one) => one.alarm === kind);
  return heard && known.spent.get(key(incident.id, kind)) !== heard.at ? heard : undefined;
}

/** The alarms that sound, the worst and oldest first. */
export function sounding(known: Known, now: number): Alarm[] {
  const all: Alarm[] = [];
  for (const incident of known.incidents.values()) {
    for (const kind of alarms(incident, now)) {
      if (!heardBy(known, incident, kind)) all.push({ incident, kind });
    }
  }
  const rank = (alarm: Alarm) => KINDS.indexOf(alarm.kind);
  return all.sort((a, b) => rank(a) - rank(b) || millis(a.incident.opened_at) - millis(b.incident.opened_at));
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
