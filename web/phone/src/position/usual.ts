// Places where somebody usually is: what a new one begins with, and what the server takes. Pure.
import type { UsualPlace, WeeklyHours } from "../api/types.ts";

/** As many as the server takes. */
export const PLACES_MAX = 4;
/** Hours of all places together. */
export const PLACE_HOURS_MAX = 14;

export const LABELS = ["home", "work", "other"] as const;
export type Label = (typeof LABELS)[number];

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"];
/** What is likely: to be changed by the person, not by them from nothing. */
const HOURS: Record<Label, WeeklyHours> = {
  home: { days: [...WEEKDAYS, "sat", "sun"], from: "18:00", to: "07:00" },
  work: { days: WEEKDAYS, from: "09:00", to: "17:00" },
  other: { days: ["sat", "sun"], from: "10:00", to: "18:00" },
};

/** One more place at a point: home first, then work. */
export function nextPlace(places: readonly UsualPlace[], at: { lat: number; lon: number }): UsualPlace {
  const label = LABELS.find((one) => places.every((place) => place.label !== one)) ?? "other";
  return { label, lat: at.lat, lon: at.lon, hours: [HOURS[label]] };
}

/** How many hours may still be added. */
export const hoursLeft = (places: readonly UsualPlace[]): number =>
  PLACE_HOURS_MAX - places.reduce((all, { hours }) => all + hours.length, 0);
