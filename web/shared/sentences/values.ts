// How the values of sentences are written. The end of a value's name says what it is, so that a sentence is kept
// and checked as numbers and not as text.
import type { Language } from "../i18n.ts";
import { distanceIn, elapsed } from "../measure.ts";
import { phrase } from "./phrases.ts";
import type { Value } from "./sentence.ts";

const NUMBERS = { en: new Intl.NumberFormat("en"), de: new Intl.NumberFormat("de") };
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const CLOCKS = { en: new Intl.DateTimeFormat("en", CLOCK), de: new Intl.DateTimeFormat("de", CLOCK) };
const ARRIVES = {
  en: { soon: "within a minute", later: (minutes: string) => `in ${minutes}\u00a0min` },
  de: { soon: "binnen einer Minute", later: (minutes: string) => `in ${minutes}\u00a0min` },
};

/** The value as it stands in a sentence. */
export function written(name: string, value: Value, language: Language): string {
  if (typeof value === "number") return quantity(name, value, language);
  if (typeof value === "string") {
    return name.endsWith("_at") ? CLOCKS[language].format(new Date(value)) : phrase(name, value, language);
  }
  const words = value.map((code) => phrase(name, code, language)).join(", ");
  // what somebody can do stands behind them in parentheses, if it is known
  if (name !== "skill") return words;
  return words && ` (${words})`;
}

function quantity(name: string, value: number, language: Language): string {
  const number = (it: number) => NUMBERS[language].format(it);
  if (name.endsWith("_m")) return distanceIn(number, value);
  // never earlier than it will be
  if (name.endsWith("eta_s"))
    return value <= 60 ? ARRIVES[language].soon : ARRIVES[language].later(number(Math.ceil(value / 60)));
  if (name.endsWith("in_s")) return elapsed(Math.max(0, Math.ceil(value)));
  if (name.endsWith("age_s")) return age(value);
  return number(value);
}

/** How old something is: "40 s", "4 min", "2 h". */
function age(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.floor(seconds))}\u00a0s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}\u00a0min`;
  return `${Math.floor(seconds / 3600)}\u00a0h`;
}
