// Everything that the desk says about how an incident stands, chosen from its facts. Pure: the page shows it, and a
// checker holds it against what is so.
import type { Sentence } from "../sentence.ts";
import { alarmTitle } from "./alarm.ts";
import type { AlarmKind, AlertFacts, IncidentFacts } from "./facts.ts";
import { firstWords } from "./first.ts";
import { askedWords, laneWords } from "./lane.ts";
import { ambulance, figures, nextLine } from "./next.ts";
import { type DeskId, say } from "./rows.ts";
import { asked, unseen, unseenWord } from "./told.ts";

/** Where on the page a sentence stands. */
export type Where =
  | "first"
  | "next"
  | "alarm"
  | "lane"
  | "person"
  | "ambulance"
  | "figures"
  | "told"
  | "address";

export interface Shown extends Sentence<DeskId> {
  where: Where;
  /** The alert of the person that it is about. */
  alert_id?: string;
}

/** All sentences as of `now`; `alarms` are those that ring. */
export function deskSentences(incident: IncidentFacts, now: number, alarms: AlarmKind[] = []): Shown[] {
  const at = (where: Where, sentences: Sentence<DeskId>[]) =>
    sentences.map((sentence): Shown => ({ ...sentence, where }));
  const ofEach = (where: Where, words: (alert: AlertFacts) => Sentence<DeskId>[]) =>
    incident.alerts.flatMap((alert) =>
      words(alert).map((sentence): Shown => ({ ...sentence, where, alert_id: alert.id })),
    );
  const ems = ambulance(incident, now);
  return [
    ...at("first", firstWords(incident, now)),
    ...at("next", nextLine(incident, now)),
    ...at(
      "alarm",
      alarms.map((kind) => alarmTitle(incident, kind)),
    ),
    ...ofEach("lane", (alert) => laneWords(alert, now)),
    ...ofEach("person", askedWords),
    ...at("ambulance", ems ? [ems] : []),
    ...at("figures", [figures(incident)]),
    ...at("told", [...unseen(incident, (id) => id), asked(incident)]),
    ...ofEach("told", unseenWord),
    ...at("address", incident.address?.doubtful ? [say("address.doubtful")] : []),
  ];
}
