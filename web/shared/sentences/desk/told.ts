// Who has not yet seen what they were told: an update, a warning, a stand-down. They may still be running. Pure.
import type { Sentence } from "../sentence.ts";
import type { AlertFacts, IncidentFacts } from "./facts.ts";
import { isEngaged } from "./people.ts";
import { type DeskId, say } from "./rows.ts";

/** People who are named; further ones are in the number. */
const NAMES_MAX = 8;

/** Their phones were woken for something newer than any of them said it shows. */
export const hasNotSeen = ({ told_version, confirmed_version }: AlertFacts) =>
  told_version != null && (confirmed_version ?? 0) < told_version;

/** Whoever was asked in several rounds stands as in the last of them. */
const lastOfEach = (alerts: readonly AlertFacts[]): AlertFacts[] => [
  ...new Map(alerts.map((alert) => [alert.responder_id, alert])).values(),
];

/** Of an update those who are on it, of a stand-down those who were told to stop; `nameOf` names a responder. */
export function unseen(incident: IncidentFacts, nameOf: (id: string) => string): Sentence<DeskId>[] {
  const all = lastOfEach(incident.alerts).filter(hasNotSeen);
  const words = (id: "told.update" | "told.stand_down", some: AlertFacts[]) => {
    if (some.length === 0) return [];
    const who = some.slice(0, NAMES_MAX).map(({ responder_id }) => nameOf(responder_id));
    return [say(id, { n: some.length, who })];
  };
  return [
    ...words("told.update", all.filter(isEngaged)),
    ...words(
      "told.stand_down",
      all.filter(({ state }) => state === "stood_down"),
    ),
  ];
}

/** Of one person. */
export const unseenWord = (alert: AlertFacts): Sentence<DeskId>[] =>
  hasNotSeen(alert) ? [say("told.unseen")] : [];

/** Everybody who was asked, each once, in one line. */
export const asked = ({ alerts }: IncidentFacts): Sentence<DeskId> =>
  say("asked.all", { n: lastOfEach(alerts).length });
