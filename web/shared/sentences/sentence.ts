// What a page can say about an incident: literal sentences in both languages, each with the facts that make it
// true. A page chooses rows by pure functions and shows their text; it builds no sentence of its own.
import type { Language } from "../i18n.ts";
import { written } from "./values.ts";

/** A sentence with `{name}` for its values. One that counts has two: the value `n` chooses. */
export type Text = string | { one: string; other: string };

/** A sentence of the table. */
export interface Row {
  /** The facts that make it true, by their names in the API: what a checker is written from. */
  when: string;
  en: Text;
  de: Text;
}

/** Rows by their id. */
export type Table = Readonly<Record<string, Row>>;

/** A number, an instant, a name, or a word of the server (or several) that has words in `phrases.ts`. */
export type Value = number | string | readonly string[];
export type Values = Readonly<Record<string, Value>>;

/** A row that is shown, with its values. */
export interface Sentence<Id extends string = string> {
  id: Id;
  values: Values;
  en: string;
  de: string;
}

/** Says rows of this table. */
export const sayer =
  <Rows extends Table>(rows: Rows) =>
  <Id extends keyof Rows & string>(id: Id, values: Values = {}): Sentence<Id> => {
    const { en, de } = rows[id] as Row;
    return { id, values, en: filled(en, values, "en"), de: filled(de, values, "de") };
  };

const PLURALS = { en: new Intl.PluralRules("en"), de: new Intl.PluralRules("de") };

function filled(text: Text, values: Values, language: Language): string {
  const { n } = values;
  const one = typeof n === "number" && PLURALS[language].select(n) === "one";
  const chosen = typeof text === "string" ? text : one ? text.one : text.other;
  return chosen.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = values[name];
    return value === undefined ? all : written(name, value, language);
  });
}

/** The names of a text's values. */
export const placeholders = (text: Text): string[] => {
  const all = typeof text === "string" ? text : `${text.one} ${text.other}`;
  return [...new Set([...all.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""))].sort();
};

/** Several sentences as one line. */
export const line = (sentences: readonly Sentence[], language: Language, between = ". "): string =>
  sentences.map((sentence) => sentence[language]).join(between);
