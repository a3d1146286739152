// What closed incidents are asked for, as typed and chosen, and as the server is asked. Pure.
import type { Box } from "../api/types.ts";

/** What is chosen; what is empty does not matter. */
export interface HistoryQuestion {
  /** Days as `2026-11-30`, by this machine's calendar; both are inside. */
  from: string;
  to: string;
  kind: string;
  outcome: string;
  exercise: "" | "true" | "false";
  source: string;
  /** The part of the map that is searched. */
  box: Box | null;
}

export const EVERYTHING: HistoryQuestion = {
  from: "",
  to: "",
  kind: "",
  outcome: "",
  exercise: "",
  source: "",
  box: null,
};

/** How an incident can have ended. */
export const OUTCOMES = ["completed", "ems_on_scene", "stood_down", "false_alarm", "duplicate", "expired"];

/** The beginning of a day here, so many days later; null for what is no day. */
function midnight(day: string, later = 0): string | null {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const at = new Date(year, month - 1, date + later);
  return day && !Number.isNaN(at.getTime()) ? at.toISOString() : null;
}

/** The parameters of the question. */
export function historyQuery(asked: HistoryQuestion): Record<string, string> {
  const { box, from, to, source, ...words } = asked;
  const all: Record<string, string | null | undefined> = {
    ...words,
    from: midnight(from),
    to: midnight(to, 1),
    source: source.trim(),
    bbox: box?.map((degrees) => degrees.toFixed(5)).join(","),
  };
  return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => Boolean(pair[1])));
}
