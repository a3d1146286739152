// What the desk knows, as GeoJSON. Pure.
import type { Feature, FeatureCollection } from "geojson";
import type { Aed, Box, Incident, Ring } from "../api/types.ts";
import type { Point } from "../state/place.ts";
import type { Way } from "../state/positions.ts";
import { CLASSES, urgency } from "../state/urgency.ts";

/** Corners of a circle. */
const CORNERS = 72;
/** Ways are drawn for everybody while they are so few; otherwise for the opened incident only. */
const WAYS_MAX = 300;
const DEGREE_M = 111_195;

export const collection = (features: Feature[]): FeatureCollection => ({
  type: "FeatureCollection",
  features,
});
const at = (lon: number, lat: number) => ({ type: "Point" as const, coordinates: [lon, lat] });

/** A hexagon; the ring is closed here. */
export function hexagon(ring: Ring, properties: Record<string, number>): Feature {
  return {
    type: "Feature",
    properties,
    geometry: { type: "Polygon", coordinates: [[...ring, ring[0] ?? [0, 0]]] },
  };
}

/** Signs of the open incidents; the most urgent lies on top. */
export function signs(incidents: Iterable<Incident>, now: number, open: string | null): FeatureCollection {
  const features: Feature[] = [];
  for (const incident of incidents) {
    if (!incident.location || (incident.state === "closed" && incident.id !== open)) continue;
    const kind = urgency(incident, now);
    const properties = {
      id: incident.id,
      sign: `sign-${kind}`,
      rank: CLASSES.indexOf(kind),
      open: incident.id === open,
    };
    features.push({
      type: "Feature",
      properties,
      geometry: at(incident.location.lon, incident.location.lat),
    });
  }
  return collection(features);
}

/** The circles that the waves of an incident looked in. */
export function circles(
  middle: Point | null | undefined,
  radiiM: number[],
  name: (wave: number) => string,
): FeatureCollection {
  if (!middle) return collection([]);
  const features = radiiM.map((radius, n): Feature => {
    const [dLat, dLon] = [radius / DEGREE_M, radius / DEGREE_M / Math.cos((middle.lat * Math.PI) / 180)];
    const coordinates = Array.from({ length: CORNERS + 1 }, (_, corner) => {
      const angle = (corner / CORNERS) * 2 * Math.PI;
      return [middle.lon + dLon * Math.sin(angle), middle.lat + dLat * Math.cos(angle)];
    });
    return {
      type: "Feature",
      properties: { wave: name(n + 1) },
      geometry: { type: "LineString", coordinates },
    };
  });
  return collection(features);
}

export interface Label {
  /** By alert: what is written beside somebody. */
  of(alertId: string): string;
}

export function people(ways: Iterable<[string, Way]>, open: string | null, label: Label): FeatureCollection {
  const features: Feature[] = [];
  for (const [id, { last }] of ways) {
    const near = last.incident_id === open;
    const properties = { incident: last.incident_id, near, label: near ? label.of(id) : "" };
    features.push({ type: "Feature", properties, geometry: at(last.lon, last.lat) });
  }
  return collection(features);
}

export function trails(ways: ReadonlyMap<string, Way>, open: string | null): FeatureCollection {
  const features: Feature[] = [];
  for (const { last, trail } of ways.values()) {
    const near = last.incident_id === open;
    if (trail.length < 2 || (!near && ways.size > WAYS_MAX)) continue;
    features.push({
      type: "Feature",
      properties: { near },
      geometry: { type: "LineString", coordinates: trail },
    });
  }
  return collection(features);
}

export function aeds(items: Aed[]): FeatureCollection {
  return collection(
    items.map(({ id, lat, lon, name, access, hours }): Feature => {
      const words = [name, access, hours].filter(Boolean).join(" · ");
      return { type: "Feature", properties: { id, words }, geometry: at(lon, lat) };
    }),
  );
}

export const draft = (point: Point | null): FeatureCollection =>
  collection(point ? [{ type: "Feature", properties: {}, geometry: at(point.lon, point.lat) }] : []);

/** The box of all points with so many degrees around each; null without points. */
export function boxOfPoints(points: readonly Point[], around: number): Box | null {
  if (points.length === 0) return null;
  const [lats, lons] = [points.map(({ lat }) => lat), points.map(({ lon }) => lon)];
  return [
    Math.min(...lons) - around,
    Math.max(-85, Math.min(...lats) - around),
    Math.max(...lons) + around,
    Math.min(85, Math.max(...lats) + around),
  ];
}

/** The box that holds nine of ten people, by the hexagons' first corners; null without people. */
export function boxOfMost(hexagons: readonly Feature[]): Box | null {
  const corners: { lon: number; lat: number; count: number }[] = [];
  let all = 0;
  for (const { geometry, properties } of hexagons) {
    const [lon, lat] = geometry.type === "Polygon" ? (geometry.coordinates[0]?.[0] ?? []) : [];
    const count = Number(properties?.count);
    if (lon === undefined || lat === undefined) continue;
    corners.push({ lon, lat, count });
    all += count;
  }
  if (all === 0) return null;
  const at = (axis: "lon" | "lat", share: number) => {
    const sorted = [...corners].sort((a, b) => a[axis] - b[axis]);
    let sum = 0;
    for (const corner of sorted) {
      sum += corner.count;
      if (sum > share * all) return corner[axis];
    }
    return sorted.at(-1)?.[axis] ?? 0;
  };
  return [at("lon", 0.05), at("lat", 0.05), at("lon", 0.95), at("lat", 0.95)];
}

/** Whether the point is inside a ring (even and odd crossings). */
export function inBox(ring: Ring, [west, south, east, north]: [number, number, number, number]): boolean {
  const [lon, lat] = ring[0] ?? [0, 0];
  return lon >= west && lon <= east && lat >= south && lat <= north;
}
