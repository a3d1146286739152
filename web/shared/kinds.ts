// What can have happened, and its words on both pages: one table, so that nothing that the desk can raise is
// without a word on a phone.
import type { Language } from "./i18n.ts";

/** The kinds that the server knows by name; a kind that it does not know reads `other`. */
const TABLE = {
  cardiac_arrest: { en: "Cardiac arrest", de: "Herz-Kreislauf-Stillstand" },
  unconscious: { en: "Unconscious", de: "Bewusstlos" },
  breathing: { en: "Trouble breathing", de: "Atemnot" },
  chest_pain: { en: "Chest pain", de: "Brustschmerz" },
  choking: { en: "Choking", de: "Verschlucken" },
  allergy: { en: "Allergic reaction", de: "Allergische Reaktion" },
  bleeding: { en: "Bleeding", de: "Blutung" },
  seizure: { en: "Seizure", de: "Krampfanfall" },
  stroke: { en: "Stroke", de: "Schlaganfall" },
  fall: { en: "Fall", de: "Sturz" },
  drowning: { en: "Drowning", de: "Ertrinken" },
  burn: { en: "Burn", de: "Verbrennung" },
  other: { en: "Other emergency", de: "Anderer Notfall" },
} as const satisfies Record<string, Record<Language, string>>;

export type Kind = keyof typeof TABLE;

/** All kinds, in the order in which the desk offers them. */
export const KINDS = Object.keys(TABLE) as Kind[];

/** The words of one language as messages: `kind.burn` and so on. */
export const kindWords = (language: Language) =>
  Object.fromEntries(KINDS.map((kind) => [`kind.${kind}`, TABLE[kind][language]])) as Record<
    `kind.${Kind}`,
    string
  >;
