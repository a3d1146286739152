// The words of the view of the responders: files of their own, because most desks never open it.
import { type MessageOf, Words } from "../../../../shared/i18n.ts";
import { ApiError } from "../../api/client.ts";
import de from "../../messages/roster/de.json";
import en from "../../messages/roster/en.json";
import { onSettings } from "../../state/settings.ts";
import { spoken } from "../../words/i18n.ts";
import { age } from "../../words/time.ts";
import { errorText } from "../errors.ts";

/** Names of messages; one that counts is named without its `.one` and `.other`. */
export type Message = MessageOf<keyof typeof en>;

const words = new Words<typeof en>({ en, de });
export const { t, word } = words;

const follow = () => words.speak(spoken());
follow();
onSettings(follow);

/** What went wrong: in this view "no such thing" is no incident. */
export function failure(error: unknown): string {
  const own = error instanceof ApiError && word("problem", error.problem.code);
  return own && own !== (error as ApiError).problem.code.replaceAll("_", " ") ? own : errorText(error);
}

/** How long ago, in the unit that one would say: "3 min", "5 days". */
export function ago(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  return t("ago", { age: days >= 2 ? t("days", { n: days }) : age(seconds) });
}

/** When something ends or was: "Tuesday 24 November, 14:05". */
export const dayAndTime = (text: string) =>
  new Intl.DateTimeFormat(spoken(), {
    weekday: "long",
    day: "numeric",
    month: "long",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(text));
