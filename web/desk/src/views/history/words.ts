// The words of the view of closed incidents, in files that are loaded with it.
import { type MessageOf, Words } from "../../../../shared/i18n.ts";
import de from "../../messages/history/de.json";
import en from "../../messages/history/en.json";
import { onSettings } from "../../state/settings.ts";
import { spoken } from "../../words/i18n.ts";

/** Names of messages; one that counts is named without its `.one` and `.other`. */
export type Message = MessageOf<keyof typeof en>;

const words = new Words<typeof en>({ en, de });
export const { t } = words;

const follow = () => words.speak(spoken());
follow();
onSettings(follow);
