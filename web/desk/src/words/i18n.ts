// The words of the page in the person's language, from the message files.
import de from "../messages/de.json";
import en from "../messages/en.json";

/** The languages that have a message file. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

type Key = keyof typeof en;
/** Names of messages; one that counts is named without its `.one` and `.other`. */
export type Message = Key extends infer K
  ? K extends `${infer Stem}.one` | `${infer Stem}.other`
    ? Stem
    : K
  : never;
export type Values = Record<string, string | number>;

const FILES: Record<Language, Record<string, string>> = { en, de };

let language: Language = "en";
let plural = new Intl.PluralRules(language);

/** The language of the browser, if there is a file for it. */
export function preferred(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return (known as Language | undefined) ?? "en";
}

export function speak(chosen: Language): void {
  language = chosen;
  plural = new Intl.PluralRules(chosen);
}

export const spoken = () => language;

/** The message, with `{name}` replaced by its value; `n` chooses between `.one` and `.other`. */
export function t(message: Message, values: Values = {}): string {
  const file = FILES[language];
  const counted = typeof values.n === "number" ? `${message}.${plural.select(values.n)}` : message;
  const text = file[counted] ?? file[message] ?? file[`${message}.other`] ?? message;
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** The page's word for a word of the server; an unknown one is shown as it is. */
export function word(group: string, code: string | null | undefined): string {
  if (!code) return "";
  return FILES[language][`${group}.${code}`] ?? code.replaceAll("_", " ");
}

export const clockTime = (text: string | number) =>
  new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(new Date(text));
export const number = (value: number) => new Intl.NumberFormat(language).format(value);
