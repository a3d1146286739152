// Which positions are reported, and when. Pure. Idle: when somebody is elsewhere, and a slow sign of
// life. On an incident: every few seconds. What cannot be sent waits, the newest of it.
import type { Fix } from "../api/types.ts";

/** Idle: moved so far, metres, or so long ago, milliseconds. */
export const [IDLE_M, IDLE_MS] = [150, 5 * 60_000];
/** On an incident, milliseconds. */
export const ENGAGED_MS = 3_000;
/** Positions that wait for a line: only the newest counts, the others show that it moved. */
export const WAITING_MAX = 10;

const EARTH_M = 6_371_000;

/** Metres between two places, near enough for a town. */
export function metres(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const rad = Math.PI / 180;
  const dLat = (b.lat - a.lat) * rad;
  const dLon = (b.lon - a.lon) * rad;
  const s = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(s)));
}

/** What was reported last; `mono` is the monotonic clock, milliseconds. */
export interface Reported {
  fix: Fix;
  mono: number;
}

/** Whether this position is worth reporting. */
export function isDue(last: Reported | null, fix: Fix, mono: number, engaged: boolean): boolean {
  if (!last) return true;
  const since = mono - last.mono;
  if (engaged) return since >= ENGAGED_MS;
  // two rough positions of one place are no way between them
  const moved = metres(last.fix, fix) - Math.max(0, Math.min(fix.accuracy_m, 500) - IDLE_M);
  return since >= IDLE_MS || moved >= IDLE_M;
}

/** The waiting positions with one more; the oldest go. */
export const waiting = (before: readonly Fix[], fix: Fix): Fix[] => [...before, fix].slice(-WAITING_MAX);
