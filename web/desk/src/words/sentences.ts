// Sentences about an incident as text in the person's language. What may be said is decided in
// `shared/sentences`, where it is checked; here it only becomes one line.
import { alarmTitle } from "../../../shared/sentences/desk/alarm.ts";
import { firstWords as first } from "../../../shared/sentences/desk/first.ts";
import { askedWords, laneWords } from "../../../shared/sentences/desk/lane.ts";
import { logSentence } from "../../../shared/sentences/desk/log.ts";
import { ambulance, figures, nextLine } from "../../../shared/sentences/desk/next.ts";
import { isPromised } from "../../../shared/sentences/desk/people.ts";

export { bestSkill as bestSkillOf } from "../../../shared/sentences/desk/people.ts";

import { type DeskId, say } from "../../../shared/sentences/desk/rows.ts";
import { asked, unseen, unseenWord } from "../../../shared/sentences/desk/told.ts";
import { line, type Sentence } from "../../../shared/sentences/sentence.ts";
import type { Address, AlarmKind, Alert, Incident, LogItem } from "../api/types.ts";
import { spoken, t, word } from "./i18n.ts";

/** One line of sentences. */
export const said = (sentences: readonly Sentence[], between = " · ") => line(sentences, spoken(), between);

/** Who is coming, first in how many minutes, with what skill; or that nobody is. */
export const firstWords = (incident: Incident, at: number, between = ". ") =>
  said(first(incident, at), between);

/** What comes next by itself, or why nothing does. */
export const nextWords = (incident: Incident, at: number) => said(nextLine(incident, at));

/** What is wrong with an incident, as the title of its alarm. */
export const alarmWords = (incident: Incident, kind: AlarmKind) => said([alarmTitle(incident, kind)]);

/** The same of what only this desk is reminded of: an incident that waits for a decision. */
export const soundWords = (incident: Incident, kind: AlarmKind | "held") =>
  kind === "held" ? t("alarm.held") : alarmWords(incident, kind);

/** The most important of one person, and the rest. */
export function personWords(alert: Alert, at: number): { head: string; rest: string } {
  const [head, ...rest] = laneWords(alert, at);
  return { head: head ? said([head]) : "", rest: said(rest) };
}

/** Why somebody was asked. */
export const whyAsked = (alert: Alert) => said(askedWords(alert));

/** The time until somebody is there, where a caller may be told one. */
export const arrival = (alert: Alert, at: number) =>
  isPromised(alert, at) ? said(laneWords(alert, at).filter(({ id }) => id === "lane.eta")) : "";

/** Who has not seen what they were told; `nameOf` names a responder. */
export const unseenWords = (incident: Incident, nameOf: (id: string) => string) =>
  unseen(incident, nameOf).map((sentence) => said([sentence]));

/** That one person has not seen it; empty otherwise. */
export const notSeen = (alert: Alert) => said(unseenWord(alert));

export const askedCount = (incident: Incident) => said([asked(incident)]);

/** When the ambulance is there; empty when nobody said. */
export function ambulanceWords(incident: Incident, at: number): string {
  const sentence = ambulance(incident, at);
  return sentence ? said([sentence]) : "";
}

export const figuresWords = (incident: Incident) => said([figures(incident)]);

/** The label of a part of the address while the address belongs to an earlier place; null otherwise. */
export function oldLabel(address: Address | null | undefined, part: string): string | null {
  return address?.doubtful ? said([say(`address.${part}` as DeskId)]) : null;
}

/** The line of an address that belongs to an earlier place. */
export const oldPlace = (line: string) => said([say("address.place", { line })]);

/** What stands above an address that belongs to an earlier place. */
export const addressDoubt = () => said([say("address.doubtful")]);

/** Why somebody in reach was not asked; what bars somebody from every incident has a name of its own. */
export const passedWords = (why: string | { barred: string }) =>
  word("passed", typeof why === "string" ? why : why.barred);

/** A line of the log; `who` is the name of the person that it is about. */
export function logWords(item: LogItem, who: string): string {
  const sentence = logSentence(item.type, item.detail, who);
  // one that a newer server writes
  return sentence ? said([sentence]) : item.type.replaceAll("_", " ");
}
