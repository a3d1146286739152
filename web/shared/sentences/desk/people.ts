// Who counts as what, for the desk's sentences. Pure.
import type { AlertFacts, IncidentFacts } from "./facts.ts";

/** A caller is promised nobody whose position is older, seconds. */
export const RECENT_S = 60;
/** A position that is older, seconds, is called old. */
export const OLD_S = 30;

/** The skills from the most to the least, as a caller would want to hear of them. */
const SKILLS = ["doctor", "paramedic", "nurse", "emt", "firefighter", "police", "first_aid", "bls"];

/** Said yes, and not there by their word. */
export const isComing = ({ state }: AlertFacts) => state === "accepted" || state === "en_route";
/** There by their word. */
export const isThere = ({ state }: AlertFacts) => state === "on_scene";
/** Said yes and is not done. */
export const isEngaged = (alert: AlertFacts) => isComing(alert) || isThere(alert);
/** Asked, and no provider takes the push: nothing rings there. */
export const isWaiting = ({ push_waiting }: AlertFacts) => push_waiting;
/** Near the place as far as their position shows; not by their word. */
export const isAtAddress = (alert: AlertFacts) => isComing(alert) && alert.presence === "at_address";
/** Their position came since the yes, and says something about now. */
export const isRecent = (alert: AlertFacts, now: number) => {
  const age = positionAgeS(alert, now);
  return age !== null && age <= RECENT_S;
};
/** On the way, as a caller may be told with a time. */
export const isPromised = (alert: AlertFacts, now: number) =>
  isComing(alert) && !isAtAddress(alert) && alert.left && isRecent(alert, now);
/** Was on it in this round and is done. */
export const isDone = (incident: IncidentFacts) => (alert: AlertFacts) =>
  alert.state === "finished" && alert.round === incident.round;

/** How old the position is that distance and time count from; null when none came since the yes. */
export const positionAgeS = ({ position_at }: AlertFacts, now: number): number | null =>
  position_at ? Math.max(0, (now - Date.parse(position_at)) / 1000) : null;

/** The best skill of somebody, as the server's word. */
export const bestSkill = ({ skills }: AlertFacts): string | undefined =>
  SKILLS.find((skill) => skills.includes(skill)) ?? skills[0];

/** The best skill of each, no word twice. */
export const bestSkills = (alerts: readonly AlertFacts[]): string[] => [
  ...new Set(alerts.map(bestSkill).filter((skill) => skill !== undefined)),
];
