// What this phone knows of an alert, as the table of sentences takes it. Pure.
import { NEAR_M, type PhoneFacts } from "../../../shared/sentences/phone/facts.ts";
import type { Alert, Fix, Saying } from "../api/types.ts";
import { metres } from "../position/policy.ts";
import type { Held } from "./known.ts";

/** An own position says how far it is for so long, milliseconds. */
const OWN_MS = 60_000;

/** The phone's own position, and how old it is, milliseconds. */
export interface Own {
  fix: Fix;
  ageMs: number;
}

/**
 * How far the phone is from the place, metres; null where its position is not known well enough to
 * say. The accuracy is that of which it is asked whether its person is there.
 */
export function ownDistance({ location }: Alert, own: Own | null): number | null {
  if (!location || !own || own.ageMs > OWN_MS || own.fix.accuracy_m > NEAR_M) return null;
  return metres(own.fix, location);
}

/** The facts at this moment of the monotonic clock. */
export function factsOf(
  { alert, engaged, notice, answerAt }: Held,
  unsent: readonly Saying[],
  mono: number,
  own_m: number | null,
): PhoneFacts {
  const { address } = alert;
  const { line, place_name, grid, floor, entry_code, notes } = address ?? {};
  return {
    state: alert.state,
    exercise: alert.exercise,
    danger: alert.danger,
    override: alert.override,
    still_going_asked: alert.still_going_asked,
    in_danger: alert.in_danger,
    all_clear: alert.all_clear_at_ms > 0,
    moved: alert.moved_from !== undefined,
    merged: alert.replaces.length > 0,
    address: [line, place_name, grid, floor, entry_code, notes].some(Boolean),
    doubtful: address?.doubtful ?? false,
    ended_because: alert.ended_because,
    outcome: alert.outcome,
    position: alert.position,
    position_at: alert.position_at_ms > 0,
    distance_m: alert.distance_m,
    eta_s: alert.eta_s,
    with_patient: alert.with_patient_at_ms > 0,
    engaged,
    notice,
    answer_in_s: Math.max(0, Math.ceil((answerAt - mono) / 1000)),
    own_m,
    unsent: unsent
      .filter(({ alert_id, verb }) => alert_id === alert.id && verb !== "received" && verb !== "seen")
      .map(({ verb }) => verb),
  };
}
