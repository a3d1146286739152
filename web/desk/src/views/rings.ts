// The circles of an incident, from its log. Pure.
import type { LogItem } from "../api/types.ts";

/** How far each wave looked, metres; the first wave first. */
export function rings(items: LogItem[]): number[] {
  // a reopened incident begins its waves anew
  const since = items.findLastIndex((item) => item.type === "reopened");
  return items
    .slice(since + 1)
    .filter((item) => item.type === "wave_launched")
    .map((item) => Number(item.detail.radius_m))
    .filter((radius) => radius > 0);
}
