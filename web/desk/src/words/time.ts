// Times and distances in words. Pure, but for the language.
import { distanceIn } from "../../../shared/measure.ts";
import { number, t } from "./i18n.ts";

export { elapsed } from "../../../shared/measure.ts";

/** How old something is: "12 s", "4 min", "2 h". */
export function age(seconds: number): string {
  if (seconds < 120) return t("age.s", { count: Math.max(0, Math.round(seconds)) });
  if (seconds < 7200) return t("age.min", { count: Math.round(seconds / 60) });
  return t("age.h", { count: Math.round(seconds / 3600) });
}

/** "140 m", "2.4 km". */
export const distance = (metres: number) => distanceIn(number, metres);
