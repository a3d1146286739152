// Where the people on incidents are, and their ways since they said yes. Not in the store: it
// changes every second, and only the map and the distances look at it.
import type { Incident, Position } from "../api/types.ts";
import { isEngaged } from "./urgency.ts";

/** Points of a way that are kept; at one a second this is ten minutes. */
const TRAIL_MAX = 600;
/** A way bends nowhere within so many degrees (about three metres). */
const STILL = 0.00003;

export interface Way {
  last: Position;
  /** Longitude and latitude, the oldest first. */
  trail: [number, number][];
}

/** By alert. */
const ways = new Map<string, Way>();
const listeners = new Set<() => void>();
const told = () => {
  for (const listener of listeners) listener();
};

export const allWays = (): ReadonlyMap<string, Way> => ways;

export function onMove(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function moved(items: Position[]): void {
  for (const position of items) {
    const way = ways.get(position.alert_id);
    if (!way) {
      ways.set(position.alert_id, { last: position, trail: [[position.lon, position.lat]] });
      continue;
    }
    if (position.at < way.last.at) continue;
    way.last = position;
    const [lon, lat] = way.trail[way.trail.length - 1] ?? [0, 0];
    if (Math.abs(lon - position.lon) + Math.abs(lat - position.lat) < STILL) continue;
    way.trail.push([position.lon, position.lat]);
    if (way.trail.length > TRAIL_MAX) way.trail.shift();
  }
  told();
}

/** Whoever is finished is seen no more: the desk keeps nobody's way. */
export function keepOnly(incidents: ReadonlyMap<string, Incident>): void {
  const before = ways.size;
  for (const [id, { last }] of ways) {
    const alert = incidents.get(last.incident_id)?.alerts.find((one) => one.id === id);
    if (!alert || !isEngaged(alert)) ways.delete(id);
  }
  if (ways.size !== before) told();
}

export function forgetWays(): void {
  ways.clear();
  told();
}
