// Who announces what: once for each (alert, why, version), and nothing older than what was announced.
// Pure; `keep/db.ts` runs it in one transaction that the page's tabs and the service worker share.
import type { Told, Why } from "../api/types.ts";

/** What was announced of one alert. */
export interface Claimed {
  alert_id: string;
  /** The newest version that was announced. */
  version: number;
  /** Why, of that version. */
  whys: Why[];
  /** Why, of any version. */
  ever: Why[];
  /** When, by the phone's clock, milliseconds: old ones are forgotten. */
  at: number;
}

/** Once in an alert's life, whatever its version is: a person is asked once and called back once. */
const ONCE: Why[] = ["alert", "stand_down"];

/** The record after announcing `told`, or null when it is not to be announced. */
export function claim(before: Claimed | undefined, told: Told, at: number): Claimed | null {
  const { alert_id, why, version } = told;
  if (why === "state") return null;
  if (ONCE.includes(why) && before?.ever.includes(why)) return null;
  const ever = [...new Set([...(before?.ever ?? []), why])];
  if (!before || version > before.version) return { alert_id, version, whys: [why], ever, at };
  if (version < before.version || before.whys.includes(why)) return null;
  return { alert_id, version, whys: [...before.whys, why], ever, at };
}
