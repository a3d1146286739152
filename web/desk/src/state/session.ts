// How long a session lasts: when it is made longer, and when the person is told that it ends. Pure.
import type { Session } from "../api/types.ts";
import { millis } from "./clock.ts";

/** The person is told so long before it ends, milliseconds. */
export const WARNED_MS = 10 * 60_000;
/** Between two looks at a session that can be made longer, milliseconds. */
const RENEW_EVERY_MS = 5 * 60_000;

/** Who is signed in is the same, whatever token says so. */
export const samePerson = (a: Session, b: Session) => a.sub === b.sub && a.org === b.org && a.role === b.role;

/** Minutes until it ends, while the person should know; null before. */
export function endsInMin(session: Session, at: number): number | null {
  const left = millis(session.expires_at) - at;
  return left > WARNED_MS ? null : Math.max(0, Math.ceil(left / 60_000));
}

/** Whether the page is used: only then its session is made longer. */
export class Use {
  private touchedAt = 0;
  private renewedAt = 0;

  touched(at: number): void {
    this.touchedAt = at;
  }

  /** Whether to make it longer now; true once for each time. */
  isDue(session: Session, at: number): boolean {
    const limit = millis(session.renewable_until);
    const longer = Number.isFinite(limit) && millis(session.expires_at) < limit;
    if (!longer || this.touchedAt <= this.renewedAt || at - this.renewedAt < RENEW_EVERY_MS) return false;
    this.renewedAt = at;
    return true;
  }
}
