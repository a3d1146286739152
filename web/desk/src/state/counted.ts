// How many can be reached, as far as it was heard. Pure.
import type { Readiness } from "../api/types.ts";

/** An older count is no count, milliseconds: three questions went unanswered. */
export const COUNT_LASTS_MS = 90_000;

export interface Counted {
  /** The last count that was heard. */
  view: Readiness | null;
  /** When, by this machine's clock; milliseconds. */
  heardAt: number;
  /** What the last question met with, when it met with no answer. */
  error: unknown;
}

export const NOT_COUNTED: Counted = { view: null, heardAt: 0, error: null };

/** What may be said of it at an instant of this machine's clock. */
export type Standing =
  /** Not heard yet. */
  | { is: "asking" }
  | { is: "known"; view: Readiness }
  /** Cannot be had; what was so many seconds ago, if it was ever heard. */
  | { is: "unknown"; was: Readiness | null; ageS: number };

export function standing({ view, heardAt, error }: Counted, at: number): Standing {
  const age = at - heardAt;
  if (view && !error && age < COUNT_LASTS_MS) return { is: "known", view };
  if (!view && !error) return { is: "asking" };
  return { is: "unknown", was: view, ageS: Math.max(0, Math.round(age / 1000)) };
}
