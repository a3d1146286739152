// Coordinates as people write them, and whether they are plausible. Pure.
import type { Incident } from "../api/types.ts";

export interface Point {
  lat: number;
  lon: number;
}

/** Farther from home than this is asked about, metres. */
export const FAR_M = 100_000;
/** A call from so near, metres, and so recent, milliseconds, may be the same. */
export const [SAME_M, SAME_MS] = [200, 15 * 60_000];
const EARTH_M = 6_371_008.8;

/** Great-circle metres. */
export function distanceM(a: Point, b: Point): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180;
  const [dLat, dLon] = [rad(b.lat - a.lat), rad(b.lon - a.lon)];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** One number of degrees, minutes and seconds, with its hemisphere. */
const ANGLE =
  /([NSEWO])?\s*([+-]?\d+(?:[.,]\d+)?)\s*°?\s*(?:(\d+(?:[.,]\d+)?)\s*['′]\s*)?(?:(\d+(?:[.,]\d+)?)\s*["″]\s*)?([NSEWO])?/iy;

/** Reads `36.8529, -75.9780`, `36,8529 -75,9780`, `36.85 N 75.97 W` or `36°51'10"N 75°58'40"W`. */
export function readPoint(text: string): Point | null {
  // a comma with a blank after it, or between two decimal points, parts the numbers
  const plain = text
    .trim()
    .replace(/,\s+|;/g, " ")
    .replace(/(\.\d+),/g, "$1 ");
  const [first, rest] = angle(plain);
  if (!first) return null;
  const [second, end] = angle(rest.trimStart());
  if (!second || end.trim() !== "") return null;
  const turned = first.side === "lon" && second.side !== "lon";
  if (first.side && first.side === second.side) return null;
  return turned || (second.side === "lat" && !first.side)
    ? { lat: second.degrees, lon: first.degrees }
    : { lat: first.degrees, lon: second.degrees };
}

function angle(text: string): [{ degrees: number; side: "lat" | "lon" | null } | null, string] {
  ANGLE.lastIndex = 0;
  const found = ANGLE.exec(text);
  if (!found) return [null, text];
  const [all, before, degrees, minutes, seconds] = found;
  // with a letter in front, the letter behind belongs to the next number
  const after = before ? undefined : found[5];
  const end = before && found[5] ? all.length - 1 : all.length;
  const number = (part: string | undefined) => Number((part ?? "0").replace(",", "."));
  const side = (before ?? after ?? "").toUpperCase();
  const size = Math.abs(number(degrees)) + number(minutes) / 60 + number(seconds) / 3600;
  const minus = degrees?.startsWith("-") || side === "S" || side === "W";
  const axis = side === "" ? null : "NS".includes(side) ? "lat" : "lon";
  return [{ degrees: minus ? -size : size, side: axis }, text.slice(end)];
}

/** What is doubtful about a place. */
export type Doubt =
  | { doubt: "impossible" }
  /** Latitude and longitude are probably the wrong way round. */
  | { doubt: "swapped"; instead: Point }
  | { doubt: "far"; distance_m: number };

/** What a person should be asked about `point` before it is sent; `home` is where calls come from. */
export function doubt(point: Point, home: Point | null): Doubt | null {
  const instead = { lat: point.lon, lon: point.lat };
  const possible = (p: Point) => Math.abs(p.lat) <= 90 && Math.abs(p.lon) <= 180;
  if ((point.lat === 0 && point.lon === 0) || !Number.isFinite(point.lat + point.lon))
    return { doubt: "impossible" };
  if (!possible(point)) return possible(instead) ? { doubt: "swapped", instead } : { doubt: "impossible" };
  if (!home || distanceM(point, home) <= FAR_M) return null;
  if (possible(instead) && distanceM(instead, home) <= FAR_M) return { doubt: "swapped", instead };
  return { doubt: "far", distance_m: distanceM(point, home) };
}

/** Open incidents that may be the same call, the nearest first. */
export function maybeSame(point: Point, incidents: Iterable<Incident>, now: number): Incident[] {
  const near: { incident: Incident; far: number }[] = [];
  for (const incident of incidents) {
    if (incident.state === "closed" || !incident.location) continue;
    if (now - Date.parse(incident.opened_at) > SAME_MS) continue;
    const far = distanceM(point, incident.location);
    if (far <= SAME_M) near.push({ incident, far });
  }
  return near.sort((a, b) => a.far - b.far).map(({ incident }) => incident);
}

/** The middle of the incidents that have a place: one wrong place does not move it. */
export function middle(incidents: Iterable<Incident>): Point | null {
  const places = [...incidents].map((incident) => incident.location).filter((place) => place != null);
  if (places.length === 0) return null;
  const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
  return { lat: median(places.map((p) => p.lat)), lon: median(places.map((p) => p.lon)) };
}
