// The words of the desk in the person's language, from the message files.
import { type MessageOf, Words } from "../../../shared/i18n.ts";
import { kindWords } from "../../../shared/kinds.ts";
import { phraseWords } from "../../../shared/sentences/phrases.ts";
import de from "../messages/de.json";
import en from "../messages/en.json";

export { LANGUAGES, type Language, preferred, type Values } from "../../../shared/i18n.ts";

/** Names of messages; one that counts is named without its `.one` and `.other`. */
export type Message = MessageOf<keyof typeof en>;

/** The server's words that labels have in common with sentences. */
const PHRASES = ["skill", "outcome", "alertstate", "role"];

export const { speak, spoken, t, word, number } = new Words<typeof en>({
  en: { ...phraseWords("en", ...PHRASES), ...en, ...kindWords("en") },
  de: { ...phraseWords("de", ...PHRASES), ...de, ...kindWords("de") },
});

/** Hour and minute, where seconds would say too much. */
export const hourMinute = (text: string) =>
  new Intl.DateTimeFormat(spoken(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
    new Date(text),
  );

export const clockTime = (text: string | number) =>
  new Intl.DateTimeFormat(spoken(), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(new Date(text));

/** When something was that may be long ago: with its day. */
export const dayAndClockTime = (text: string) =>
  new Intl.DateTimeFormat(spoken(), { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }).format(
    new Date(text),
  );
