// What is said of one person who said yes. Pure.
import type { Sentence } from "../sentence.ts";
import type { AlertFacts } from "./facts.ts";
import {
  bestSkills,
  isAtAddress,
  isComing,
  isEngaged,
  isPromised,
  isRecent,
  isThere,
  isWaiting,
  OLD_S,
  positionAgeS,
} from "./people.ts";
import { type DeskId, say } from "./rows.ts";

type Said = Sentence<DeskId>;

/** The most important first. Of whoever was only asked it is said only when their push is taken by nobody. */
export function laneWords(alert: AlertFacts, now: number): Said[] {
  const words: Said[] = [];
  if (alert.in_danger)
    words.push(alert.danger_at ? say("lane.danger", { since_at: alert.danger_at }) : say("lane.danger_now"));
  if (isThere(alert)) words.push(...there(alert));
  else if (isComing(alert)) words.push(...coming(alert, now));
  else words.push(...asked(alert));
  return words;
}

function there({ with_patient_at }: AlertFacts): Said[] {
  return [with_patient_at ? say("lane.with_patient", { since_at: with_patient_at }) : say("lane.there")];
}

function coming(alert: AlertFacts, now: number): Said[] {
  if (isAtAddress(alert)) return [say("lane.at_address"), ...position(alert, now)];
  const words: Said[] = [];
  if (alert.doubtful)
    words.push(alert.heard_at ? say("lane.silent", { since_at: alert.heard_at }) : say("lane.silent_ever"));
  if (isPromised(alert, now)) words.push(say("lane.eta", { eta_s: alert.eta_s }));
  else if (alert.left) words.push(say("lane.on_way"));
  else if (isRecent(alert, now)) words.push(say("lane.not_left"));
  else if (alert.position_at) words.push(say("lane.not_known_left"));
  if (alert.position_at) words.push(say("lane.away", { distance_m: alert.distance_m }));
  return [...words, ...position(alert, now)];
}

function position(alert: AlertFacts, now: number): Said[] {
  const age_s = positionAgeS(alert, now);
  if (age_s === null) return [say("lane.no_position")];
  return age_s > OLD_S ? [say("lane.old", { age_s })] : [];
}

function asked(alert: AlertFacts): Said[] {
  const { state, finish_reason, stood_down_because, with_patient_at } = alert;
  const words: Said[] = [];
  if (isWaiting(alert)) words.push(say("lane.push_waiting"));
  if (state === "finished")
    words.push(
      finish_reason ? say("lane.finished_because", { finish: finish_reason }) : say("lane.finished"),
    );
  if (state === "stood_down" && stood_down_because)
    words.push(
      stood_down_because === "merged"
        ? say("lane.merged")
        : say("lane.stood_down", { stood_down: stood_down_because }),
    );
  if (with_patient_at) words.push(say("lane.was_with_patient", { since_at: with_patient_at }));
  return words;
}

/** Why somebody was asked, and how far away they were then; of whoever is on it `laneWords` says where they are. */
export function askedWords(alert: AlertFacts): Said[] {
  const { role, distance_m, fix_age_s } = alert;
  const asked = say("person.asked", { role, skill: bestSkills([alert]) });
  if (isEngaged(alert)) return [asked];
  if (alert.position === "place") return [asked, say("person.about_place", { distance_m })];
  return [asked, say("person.about", { distance_m, age_s: fix_age_s })];
}
