// Times and distances in words. Pure, but for the language.
import { distanceIn } from "../../../shared/measure.ts";
import type { Incident } from "../api/types.ts";
import { millis } from "../state/clock.ts";
import { number, t } from "./i18n.ts";

export { elapsed } from "../../../shared/measure.ts";

/** Seconds until the first is there, by now; null when nobody knows. */
export function firstEtaS(incident: Incident, at: number): number | null {
  const { first_eta_s: eta, as_of } = incident.summary;
  return eta == null ? null : eta - (at - millis(as_of)) / 1000;
}

/** "in 3 min", rounded up; who is overdue is expected at any moment, and nobody says when. */
export function inMinutes(seconds: number): string {
  if (seconds <= 0) return t("eta.now");
  if (seconds <= 60) return t("eta.minute");
  return t("eta.minutes", { minutes: Math.ceil(seconds / 60) });
}

/** The same where there is little room: "3 min", "< 1 min". */
export function shortMinutes(seconds: number): string {
  if (seconds <= 0) return t("eta.short_now");
  if (seconds <= 60) return t("eta.short_minute");
  return t("age.min", { count: Math.ceil(seconds / 60) });
}

/** How old something is: "12 s", "4 min", "2 h". */
export function age(seconds: number): string {
  if (seconds < 120) return t("age.s", { count: Math.max(0, Math.round(seconds)) });
  if (seconds < 7200) return t("age.min", { count: Math.round(seconds / 60) });
  return t("age.h", { count: Math.round(seconds / 3600) });
}

/** "140 m", "2.4 km". */
export const distance = (metres: number) => distanceIn(number, metres);
