// Coordinates as people write them, and whether they are plausible. Pure.
import type { Box, Incident } from "../api/types.ts";
import { readCoordinates } from "./coordinates.ts";
import { readLink } from "./map-link.ts";

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

/** What a text in the field for a place is. */
export type Read =
  | { point: Point }
  /** A short link or a code: only its maker's server knows the place. */
  | { unread: "short" }
  /** A link without coordinates. */
  | { unread: "link" }
  /** An address, or nothing yet. */
  | { unread: "text" };

/** what3words, and plus codes without and with a town behind. */
const CODE =
  /^(?:\/\/\/)?\p{L}+\.\p{L}+\.\p{L}+$|^[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}(?:$|[\s,])/u;

/** Reads what was typed or pasted. */
export function readPlace(text: string): Read {
  const words = text.trim();
  const linked = readLink(words);
  if (linked) return linked;
  const point = readCoordinates(words);
  if (point) return { point };
  return { unread: CODE.test(words) ? "short" : "text" };
}

/** Where calls come from: boxes, each perhaps a mere point. Empty: nothing is known of it. */
export type Home = Box[];

/** A box of more degrees than this, either way, says nothing of where calls come from. */
const BOX_MAX = 40;

/** Whether the box is so small that it says where calls come from. */
export const isRegion = ([west, south, east, north]: Box) =>
  east - west <= BOX_MAX && north - south <= BOX_MAX;

/** What is known of where calls come from, the surest first. */
export interface Known {
  /** As the operator set it. */
  centre: Point | null | undefined;
  /** Where people are, coarsely. */
  areas: Point[];
  /** Of the base map. */
  bounds: Box | null | undefined;
  /** Of the open incidents. */
  middle: Point | null;
}

/** Where calls come from, by the best of what is known. */
export function homeOf({ centre, areas, bounds, middle }: Known): Home {
  const dot = ({ lat, lon }: Point): Box => [lon, lat, lon, lat];
  const people = [...(centre ? [centre] : []), ...areas].map(dot);
  if (people.length > 0) return people;
  if (bounds && isRegion(bounds)) return [bounds];
  return middle ? [dot(middle)] : [];
}

/** Metres from the nearest part of home. */
export function fromHome(point: Point, home: Home): number {
  const within = (least: number, value: number, most: number) => Math.min(most, Math.max(least, value));
  const far = home.map(([west, south, east, north]) =>
    distanceM(point, { lat: within(south, point.lat, north), lon: within(west, point.lon, east) }),
  );
  return Math.min(...far);
}

/** Another place that the same numbers may have meant. */
export interface Instead {
  how: "swapped" | "mirrored";
  point: Point;
}

/** What is doubtful about a place, and what may have been meant. */
export type Doubt = { instead: Instead[] } & (
  | { doubt: "impossible" }
  | { doubt: "far"; distance_m: number }
  /** Nothing is known of where calls come from. */
  | { doubt: "unsure" }
);

/** More than so many other readings are no help. */
const INSTEAD_MAX = 3;

const possible = ({ lat, lon }: Point) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180;

/** What a person should be asked about `point` before it is sent. */
export function doubt(point: Point, home: Home): Doubt | null {
  if ((point.lat === 0 && point.lon === 0) || !Number.isFinite(point.lat + point.lon))
    return { doubt: "impossible", instead: [] };
  const far = fromHome(point, home);
  if (possible(point) && home.length > 0 && far <= FAR_M) return null;
  // without a home only the other order can be named, not which of the two is right
  const likely = ({ how, point }: Instead) =>
    home.length === 0 ? how === "swapped" : fromHome(point, home) <= FAR_M;
  const instead = meant(point)
    .filter((one) => possible(one.point) && likely(one))
    .slice(0, INSTEAD_MAX);
  if (!possible(point)) return { doubt: "impossible", instead };
  if (home.length === 0) return { doubt: "unsure", instead };
  return { doubt: "far", distance_m: far, instead };
}

/** The same numbers the wrong way round or with another sign, the likeliest mistake first. */
function meant({ lat, lon }: Point): Instead[] {
  const all: Instead[] = [{ how: "swapped", point: { lat: lon, lon: lat } }];
  for (const point of [
    { lat, lon: -lon },
    { lat: -lat, lon },
    { lat: -lat, lon: -lon },
    { lat: -lon, lon: lat },
    { lat: lon, lon: -lat },
    { lat: -lon, lon: -lat },
  ])
    all.push({ how: "mirrored", point });
  return all;
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
