// Links that open the phone's own navigation with a place. Nothing but the place is handed over. Pure.
import type { Platform } from "./platform.ts";

export type Travel = "foot" | "bike" | "car";
const GOOGLE: Record<Travel, string> = { foot: "walking", bike: "bicycling", car: "driving" };
const APPLE: Record<Travel, string> = { foot: "w", bike: "c", car: "d" };

export interface Link {
  name: "system" | "apple" | "google";
  href: string;
}

/** The links that work there, the best first. */
export function handOff(where: { lat: number; lon: number }, travel: Travel, on: Platform): Link[] {
  const at = `${where.lat.toFixed(6)},${where.lon.toFixed(6)}`;
  const google: Link = {
    name: "google",
    href: `https://www.google.com/maps/dir/?api=1&destination=${at}&travelmode=${GOOGLE[travel]}`,
  };
  const apple: Link = { name: "apple", href: `https://maps.apple.com/?daddr=${at}&dirflg=${APPLE[travel]}` };
  // every map application of an Android phone answers to geo:
  const system: Link = { name: "system", href: `geo:${at}?q=${at}` };
  return on === "ios" ? [apple, google] : on === "android" ? [system, google] : [google];
}
