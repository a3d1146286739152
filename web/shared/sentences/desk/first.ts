// The first words of an incident: what the call handler tells the caller. Pure.
import type { Sentence } from "../sentence.ts";
import type { AlertFacts, IncidentFacts } from "./facts.ts";
import {
  bestSkill,
  bestSkills,
  isAtAddress,
  isComing,
  isDone,
  isPromised,
  isRecent,
  isThere,
  positionAgeS,
} from "./people.ts";
import { type DeskId, say } from "./rows.ts";

type Said = Sentence<DeskId>;

/** Danger before everything, then who is there or coming, or why nobody is. */
export function firstWords(incident: IncidentFacts, now: number): Said[] {
  const words = danger(incident);
  const there = incident.alerts.filter(isThere);
  if (incident.state === "closed") {
    words.push(say("first.closed", { outcome: incident.outcome ?? "" }));
    if (there.length > 0) words.push(say("first.still_there", { n: there.length }));
    return words;
  }
  if (incident.state === "held") {
    words.push(say("first.held", { held: incident.held_reasons }));
    const coming = incident.alerts.some((alert) => isComing(alert) || isThere(alert));
    return coming ? [...words, ...people(incident, now)] : words;
  }
  return [...words, ...people(incident, now)];
}

function danger(incident: IncidentFacts): Said[] {
  const words: Said[] = [];
  const reported = incident.alerts.filter((alert) => alert.in_danger).length;
  if (reported > 0) words.push(say("first.danger", { n: reported }));
  if (incident.state === "closed" || incident.state === "held") return words;
  if (incident.scene === "unsafe")
    words.push(say(incident.override ? "first.unsafe_override" : "first.unsafe"));
  else if (incident.danger && reported === 0 && !incident.override) words.push(say("first.stopped"));
  return words;
}

function people(incident: IncidentFacts, now: number): Said[] {
  const there = incident.alerts.filter(isThere);
  const coming = incident.alerts.filter(isComing);
  if (there.length + coming.length === 0) return [nobody(incident, now)];
  const at = coming.filter(isAtAddress);
  const way = coming.filter((alert) => alert.left && !isAtAddress(alert));
  const rest = coming.filter((alert) => !alert.left && !isAtAddress(alert));
  const words: Said[] = [];
  if (there.length > 0) words.push(say("first.there", { n: there.length, skill: bestSkills(there) }));
  if (at.length > 0) words.push(say("first.at_address", { n: at.length }));
  if (way.length > 0) words.push(onTheWay(way, there.length > 0, now));
  if (rest.length > 0) {
    const others = there.length + at.length + way.length > 0;
    words.push(others ? say("first.more_said", { n: rest.length }) : notLeft(rest, now));
  }
  return words;
}

function onTheWay(way: AlertFacts[], somebodyThere: boolean, now: number): Said {
  const n = way.length;
  const [first] = way.filter((alert) => isPromised(alert, now)).sort((a, b) => a.eta_s - b.eta_s);
  if (first) {
    const { eta_s } = first;
    if (somebodyThere) return say("first.more_way", { n, eta_s });
    const skill = bestSkill(first);
    return say("first.way", { n, eta_s, skill: skill ? [skill] : [] });
  }
  const ages = way.map((alert) => positionAgeS(alert, now)).filter((age) => age !== null);
  return ages.length > 0
    ? say("first.way_old", { n, age_s: Math.min(...ages) })
    : say("first.way_blind", { n });
}

function notLeft(rest: AlertFacts[], now: number): Said {
  const n = rest.length;
  if (rest.every((alert) => isRecent(alert, now))) return say("first.none_left", { n });
  return rest.every((alert) => !alert.position_at)
    ? say("first.no_position", { n })
    : say("first.none_known", { n });
}

function nobody(incident: IncidentFacts, now: number): Said {
  const done = incident.alerts.filter(isDone(incident));
  if (done.length > 0) {
    const finish = [...new Set(done.map((alert) => alert.finish_reason).filter((reason) => reason != null))];
    return finish.length > 0
      ? say("first.finished_because", { n: done.length, finish })
      : say("first.finished", { n: done.length });
  }
  if (incident.state === "exhausted") {
    if (incident.exhausted_reason === "max_asked") return say("first.max_asked");
    return say(incident.exhausted_reason === "no_replacement" ? "first.no_replacement" : "first.exhausted");
  }
  const { alerting_since } = incident;
  if (incident.state === "alerting" && alerting_since && !(incident.danger && !incident.override)) {
    const age_s = Math.max(0, (now - Date.parse(alerting_since)) / 1000);
    return say("first.nobody_yet", { age_s });
  }
  return say("first.nobody");
}
