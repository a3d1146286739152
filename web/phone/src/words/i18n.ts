// The words of the phone in the person's language, from the message files.

import { type MessageOf, Words } from "../../../shared/i18n.ts";
import { kindWords } from "../../../shared/kinds.ts";
import { distanceIn } from "../../../shared/measure.ts";
import de from "../messages/de.json";
import en from "../messages/en.json";

export { LANGUAGES, type Language, preferred } from "../../../shared/i18n.ts";

/** Names of messages; one that counts is named without its `.one` and `.other`. */
export type Message = MessageOf<keyof typeof en>;

export const { speak, spoken, t, word, number } = new Words<typeof en>({
  en: { ...en, ...kindWords("en") },
  de: { ...de, ...kindWords("de") },
});

/** "140 m", "2.4 km". */
export const distance = (metres: number) => distanceIn(number, metres);

/** "3 min", rounded up, at least one. */
export const minutes = (seconds: number) => t("minutes", { count: Math.max(1, Math.ceil(seconds / 60)) });

/** "07:00", in the person's own zone. */
export const clockTime = (at: string | number | Date, seconds = false) =>
  new Intl.DateTimeFormat(spoken(), {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
    hourCycle: "h23",
  }).format(new Date(at));

/** "07:00" today, "Tue 07:00" on another day. */
export function dayTime(at: string | number | Date, now = Date.now()): string {
  const day = (of: string | number | Date) => new Date(of).toDateString();
  if (day(at) === day(now)) return clockTime(at);
  return `${new Intl.DateTimeFormat(spoken(), { weekday: "short" }).format(new Date(at))} ${clockTime(at)}`;
}

/** The short name of a day of the week, from its English code. */
export function dayName(code: string): string {
  const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  // 1 January 2024 was a Monday
  const date = new Date(2024, 0, 1 + Math.max(0, days.indexOf(code)));
  return new Intl.DateTimeFormat(spoken(), { weekday: "short" }).format(date);
}
