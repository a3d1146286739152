// How the values of sentences are written. The end of a value's name says what it is, so that a sentence is kept
// and checked as numbers and not as text.
import type { Language } from "../i18n.ts";
import { distanceIn, elapsed } from "../measure.ts";
import { phrase } from "./phrases.ts";
import type { Value } from "./sentence.ts";

const NUMBERS = { en: new Intl.NumberFormat("en"), de: new Intl.NumberFormat("de") };
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const CLOCKS = { en: new Intl.DateTimeFormat("en", CLOCK), de: new Intl.DateTimeFormat("de", CLOCK) };

/** The value as it stands in a sentence. */
export function written(name: string, value: Value, language: Language): string {
  const number = (it: number) => NUMBERS[language].format(it);
  if (typeof value === "number") {
    if (name.endsWith("_m")) return distanceIn(number, value);
    if (name.endsWith("in_s")) return elapsed(Math.max(0, Math.ceil(value)));
    if (name.endsWith("age_s")) return age(value);
    if (name.endsWith("_min")) return `${number(value)}\u00a0min`;
    return number(value);
  }
  if (typeof value !== "string") return value.map((code) => phrase(name, code, language)).join(", ");
  return name.endsWith("_at") ? CLOCKS[language].format(new Date(value)) : phrase(name, value, language);
}

/** How old something is: "40 s", "4 min", "2 h". */
function age(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.floor(seconds))}\u00a0s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}\u00a0min`;
  return `${Math.floor(seconds / 3600)}\u00a0h`;
}
