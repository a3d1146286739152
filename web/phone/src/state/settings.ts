// What a person chose for this phone: language and colours.
import { keep } from "../keep/db.ts";
import { LANGUAGES, type Language, preferred, speak } from "../words/i18n.ts";

export type Theme = "auto" | "light" | "dark";
export interface Chosen {
  language: Language;
  theme: Theme;
}

const STORED = "muster-phone";
const listeners = new Set<() => void>();
const dark = matchMedia("(prefers-color-scheme: dark)");

let chosen: Chosen = { language: preferred(navigator.languages), theme: "auto", ...stored() };

function stored(): Partial<Chosen> {
  try {
    const read = JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Chosen>;
    if (read.language && !(read.language in LANGUAGES)) delete read.language;
    return read;
  } catch {
    // a browser that keeps nothing: every visit begins with the defaults
    return {};
  }
}

export const settings = () => chosen;
export const isDark = () => (chosen.theme === "auto" ? dark.matches : chosen.theme === "dark");

export function onSettings(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function choose(part: Partial<Chosen>): void {
  chosen = { ...chosen, ...part };
  try {
    localStorage.setItem(STORED, JSON.stringify(chosen));
  } catch {
    // kept for this visit only
  }
  apply();
}

/** Puts the choice on the page, and where the service worker finds its language. */
export function apply(): void {
  speak(chosen.language);
  document.documentElement.lang = chosen.language;
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  void keep("language", chosen.language);
  for (const listener of listeners) listener();
}

dark.addEventListener("change", apply);
