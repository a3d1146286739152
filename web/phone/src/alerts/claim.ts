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
  /** It was announced that the person is asked. */
  asked: boolean;
  /** When, by the phone's clock, milliseconds: old ones are forgotten. */
  at: number;
}

/** The record after announcing `told`, or null when it is not to be announced. */
export function claim(before: Claimed | undefined, told: Told, at: number): Claimed | null {
  const { alert_id, why, version } = told;
  if (why === "state") return null;
  const asked = why === "alert" || (before?.asked ?? false);
  // a person is asked once: a later version of the same question is no new question
  if (why === "alert" && before?.asked) return null;
  if (!before || version > before.version) return { alert_id, version, whys: [why], asked, at };
  if (version < before.version || before.whys.includes(why)) return null;
  return { alert_id, version, whys: [...before.whys, why], asked, at };
}
