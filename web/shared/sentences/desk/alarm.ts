// The title of an alarm that the desk rings for. Pure.
import type { Sentence } from "../sentence.ts";
import type { AlarmKind, IncidentFacts } from "./facts.ts";
import { isDone, isWaiting } from "./people.ts";
import { type DeskId, say } from "./rows.ts";

/** Places that are free again because somebody went too early. */
const GONE = ["no_access", "had_to_leave"];

export function alarmTitle(incident: IncidentFacts, kind: AlarmKind): Sentence<DeskId> {
  switch (kind) {
    case "danger":
      return say("alarm.danger", { n: Math.max(1, incident.alerts.filter((one) => one.in_danger).length) });
    case "exhausted":
      if (incident.exhausted_reason === "max_asked") return say("alarm.max_asked");
      return say(incident.exhausted_reason === "no_replacement" ? "alarm.no_replacement" : "alarm.exhausted");
    case "left":
      return left(incident);
    case "unreachable":
      return say("alarm.unreachable", { n: incident.alerts.filter(isWaiting).length });
    default:
      return say(`alarm.${kind}`);
  }
}

function left(incident: IncidentFacts): Sentence<DeskId> {
  const gone = incident.alerts
    .filter(isDone(incident))
    .filter((one) => GONE.includes(one.finish_reason ?? ""));
  if (gone.length === 0) return say("alarm.left_withdrawn");
  return say("alarm.left", {
    n: gone.length,
    finish: [...new Set(gone.map((one) => one.finish_reason ?? ""))],
  });
}
