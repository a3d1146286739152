// What comes next by itself, or why nothing does. Pure.
import type { Sentence } from "../sentence.ts";
import type { IncidentFacts } from "./facts.ts";
import { isComing, isDone, isEngaged, isThere, isWaiting } from "./people.ts";
import { type DeskId, say } from "./rows.ts";

const EXHAUSTED: Record<string, DeskId> = {
  nobody_in_reach: "state.nobody_in_reach",
  max_asked: "state.max_asked",
  no_replacement: "state.no_replacement",
};

/** The line below the first words. */
export function nextLine(incident: IncidentFacts, now: number): Sentence<DeskId>[] {
  const { state, override, next } = incident;
  if (state === "closed") return [];
  const words: Sentence<DeskId>[] = [];
  if (override) words.push(say("state.override", { who: override.by, since_at: override.at }));
  if (state === "held") return [...words, say("state.held")];
  if (incident.danger && !override) words.push(say("state.stopped"));
  else if (state === "exhausted") words.push(...why(incident));
  else if (next) words.push(coming(next, now));
  else if (state === "covered") words.push(covered(incident));
  const asks = state === "alerting" && !(incident.danger && !override);
  const waiting = incident.alerts.filter(isWaiting).length;
  const n = incident.ringing - waiting;
  if (n > 0) {
    words.push(say(asks && !next ? "state.last_ringing" : "state.ringing", { n }));
  }
  if (waiting > 0) words.push(say("state.push_waiting", { n: waiting }));
  if (mayClose(incident)) words.push(say(asks ? "state.not_needed_asks" : "state.not_needed"));
  return words;
}

function coming(next: NonNullable<IncidentFacts["next"]>, now: number): Sentence<DeskId> {
  const in_s = (Date.parse(next.at) - now) / 1000;
  const { radius_m } = next;
  return in_s > 0 ? say("state.next", { radius_m, in_s }) : say("state.next_due", { radius_m });
}

function why({ exhausted_reason }: IncidentFacts): Sentence<DeskId>[] {
  const id = EXHAUSTED[exhausted_reason ?? ""];
  return id ? [say(id)] : [];
}

function covered(incident: IncidentFacts): Sentence<DeskId> {
  const n = incident.alerts.filter((alert) => isEngaged(alert) && alert.doubtful).length;
  return n > 0 ? say("state.doubt", { n }) : say("state.covered");
}

/** Nobody is on it any more, and somebody who was says that nobody is needed. */
export function mayClose(incident: IncidentFacts): boolean {
  if (incident.state === "closed" || incident.state === "held") return false;
  if (incident.alerts.some(isEngaged)) return false;
  const done = incident.alerts.filter(isDone(incident));
  const handedOver = ["ems_took_over", "not_needed"];
  return done.some((alert) => handedOver.includes(alert.finish_reason ?? ""));
}

/** When the ambulance is there, or since when it should be; nothing when nobody said, or nobody waits for it any more. */
export function ambulance({ ems_eta_at, state }: IncidentFacts, now: number): Sentence<DeskId> | null {
  if (!ems_eta_at || state === "closed") return null;
  const eta_s = (Date.parse(ems_eta_at) - now) / 1000;
  return eta_s > 0 ? say("ambulance.eta", { eta_s }) : say("ambulance.due", { since_at: ems_eta_at });
}

/** Everybody in one line. */
export const figures = ({ alerts, wanted }: IncidentFacts): Sentence<DeskId> =>
  say("figures.all", {
    there: alerts.filter(isThere).length,
    coming: alerts.filter(isComing).length,
    wanted,
  });
