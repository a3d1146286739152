// The first words of an incident: what the call handler tells the caller. Pure, but for the language.
import type { Alert, Incident } from "../api/types.ts";
import { secondsSince } from "../state/clock.ts";
import { alarms } from "../state/urgency.ts";
import { t, word } from "./i18n.ts";
import { firstEtaS, inMinutes } from "./time.ts";

/** The skills from the most to the least, as a caller would want to hear of them. */
const SKILLS = ["doctor", "paramedic", "nurse", "emt", "firefighter", "police", "first_aid", "bls"];

/** The best skill of somebody, as a word. */
export function bestSkill(alert: Alert): string {
  const best = SKILLS.find((skill) => alert.skills.includes(skill)) ?? alert.skills[0];
  return word("skill", best);
}

/** Who is coming, first in how many minutes, with what skill; or that nobody is. */
export function firstWords(incident: Incident, at: number): string {
  if (incident.state === "closed") return t("first.closed", { outcome: word("outcome", incident.outcome) });
  const wrong = alarms(incident, at);
  const rest = coming(incident, at);
  if (wrong.includes("danger")) return `${t("first.danger")} ${rest}`;
  if (wrong.includes("unsafe") || incident.danger) {
    return rest ? `${t("first.unsafe")} ${rest}` : t("first.unsafe");
  }
  if (incident.state === "held") {
    const why = incident.held_reasons.map((reason) => word("held", reason)).join(", ");
    return t("first.held", { why });
  }
  return rest || nobody(incident, at);
}

function coming(incident: Incident, at: number): string {
  const { coming: n, on_scene, first_skill } = incident.summary;
  const parts: string[] = [];
  if (on_scene > 0) parts.push(t("first.there", { n: on_scene, skill: skillThere(incident) }));
  if (n > 0) {
    const eta = firstEtaS(incident, at);
    const skill = first_skill ? ` (${word("skill", first_skill)})` : "";
    const when = eta === null ? "" : `, ${t("first.first", { when: inMinutes(eta) })}${skill}`;
    parts.push(on_scene > 0 ? t("first.more", { n }) : `${t("first.coming", { n })}${when}`);
  }
  return parts.join(", ");
}

function skillThere(incident: Incident): string {
  const there = incident.alerts.filter((alert) => alert.state === "on_scene").map(bestSkill);
  return [...new Set(there)].join(", ") || "–";
}

function nobody(incident: Incident, at: number): string {
  if (incident.state === "exhausted") return t("first.exhausted");
  return t("first.nobody", { seconds: secondsSince(incident.opened_at, at) });
}
