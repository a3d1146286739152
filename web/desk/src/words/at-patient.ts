// Since when somebody is with the patient, in words. Pure, but for the language.
import type { Alert } from "../api/types.ts";
import { hourMinute, t } from "./i18n.ts";

/** The words, or null while nobody said so. */
export function atPatient({ state, with_patient_at }: Alert): string | null {
  if (!with_patient_at) return null;
  const at = hourMinute(with_patient_at);
  return state === "on_scene" ? t("people.with_patient", { at }) : t("people.was_with_patient", { at });
}
