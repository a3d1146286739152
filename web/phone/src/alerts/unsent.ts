// What was said and not answered yet: sent again until it is, in order, and never without bound. Pure.
import type { Saying, Verb } from "../api/types.ts";

/** Words that wait; more than a person can say while a line is gone. */
export const UNSENT_MAX = 24;
/** A word that is so old helps nobody, milliseconds: an incident is closed by then. */
export const TOO_OLD_MS = 4 * 3600 * 1000;

/** Words that end what was said before them about the same alert, unsent ones included. */
const REPLACES: Partial<Record<Verb, Verb[]>> = {
  decline: ["accept", "depart", "arrive", "with-patient", "finish"],
  // in danger again: the older word that they are safe is true no more
  unsafe: ["safe"],
};

/**
 * Adds a word. The same word again replaces the first, but a report of danger: each reaches the desk. Danger goes
 * ahead of everything, in the order in which it was said.
 */
export function added(unsent: readonly Saying[], saying: Saying): Saying[] {
  const { alert_id, verb } = saying;
  const ends = [...(verb === "unsafe" ? [] : [verb]), ...(REPLACES[verb] ?? [])];
  const rest = unsent.filter((one) => one.alert_id !== alert_id || !ends.includes(one.verb));
  const urgent = rest.filter((one) => one.verb === "unsafe");
  const all =
    verb === "unsafe"
      ? [...urgent, saying, ...rest.filter((one) => one.verb !== "unsafe")]
      : [...rest, saying];
  // receipts are the least worth keeping
  while (all.length > UNSENT_MAX) {
    const least = all.findIndex((one) => one.verb === "received" || one.verb === "seen");
    all.splice(Math.max(least, 0), 1);
  }
  return all;
}

/** What is left when this word was answered. */
export const answered = (unsent: readonly Saying[], saying: Saying) =>
  unsent.filter((one) => one !== saying && !same(one, saying));

const same = (one: Saying, other: Saying) =>
  one.alert_id === other.alert_id && one.verb === other.verb && one.at_ms === other.at_ms;

/** What is still worth sending. A clock that was set back keeps everything. */
export const worthSending = (unsent: readonly Saying[], now: number) =>
  unsent.filter((one) => now - one.at_ms < TOO_OLD_MS);
