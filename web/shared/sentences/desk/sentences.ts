// Everything that the desk says about how an incident stands, chosen from its facts. Pure: the page shows it, and a
// checker holds it against what is so.
import type { Sentence } from "../sentence.ts";
import { alarmTitle } from "./alarm.ts";
import type { AlarmKind, IncidentFacts } from "./facts.ts";
import { firstWords } from "./first.ts";
import { laneWords } from "./lane.ts";
import { nextLine } from "./next.ts";
import { type DeskId, say } from "./rows.ts";

/** Where on the page a sentence stands. */
export type Where = "first" | "next" | "alarm" | "lane" | "address";

export interface Shown extends Sentence<DeskId> {
  where: Where;
  /** The alert of the person that it is about. */
  alert_id?: string;
}

/** All sentences as of `now`; `alarms` are those that ring. */
export function deskSentences(incident: IncidentFacts, now: number, alarms: AlarmKind[] = []): Shown[] {
  const at = (where: Where, sentences: Sentence<DeskId>[]) =>
    sentences.map((sentence): Shown => ({ ...sentence, where }));
  return [
    ...at("first", firstWords(incident, now)),
    ...at("next", nextLine(incident, now)),
    ...at(
      "alarm",
      alarms.map((kind) => alarmTitle(incident, kind)),
    ),
    ...incident.alerts.flatMap((alert) =>
      laneWords(alert, now).map((sentence): Shown => ({ ...sentence, where: "lane", alert_id: alert.id })),
    ),
    ...at("address", incident.address?.doubtful ? [say("address.doubtful")] : []),
  ];
}
