// The shown alerts as they are kept on the phone: an address must be there in a cellar, and after the
// browser was thrown out of memory. Pure.
import { guess, type Held, isEngaged, isOpen, type Known, step } from "../alerts/known.ts";
import type { Alert } from "../api/types.ts";

/** What is older is not shown again, milliseconds. */
const OLD_MS = 4 * 3600 * 1000;

export interface Saved {
  /** By the phone's own clock, milliseconds since 1970. */
  at: number;
  held: (Held & { leftMs: number; answerLeftMs: number })[];
}

/** What to keep of it; undefined when there is nothing. The exact place goes with the incident. */
export function toSaved(known: Known, mono: number, now: number): Saved | undefined {
  if (known.size === 0) return undefined;
  const held = [...known.values()].map((one) => {
    const { location: _l, address: _a, aed: _d, moved_from: _m, ...rest } = one.alert;
    const alert = isOpen(one.alert) ? one.alert : { ...rest, message: "" };
    const left = (at: number) => Math.max(0, at - mono);
    return { ...one, alert, leftMs: left(one.endsAt), answerLeftMs: left(one.answerAt) };
  });
  return { at: now, held };
}

/** What was kept, on the monotonic clock of this start. Time spent asleep counts. */
export function fromSaved(saved: Saved | undefined, mono: number, now: number): Known {
  const passed = saved ? now - saved.at : 0;
  // a clock that was set back says nothing about how long ago it was
  if (!saved || passed > OLD_MS || passed < -OLD_MS) return new Map();
  const at = (leftMs: number) => mono + Math.max(0, leftMs - Math.max(0, passed));
  return new Map(
    saved.held.map(({ leftMs, answerLeftMs, ...held }) => [
      held.alert.id,
      { ...held, endsAt: at(leftMs), answerAt: at(answerLeftMs) },
    ]),
  );
}

/**
 * What is kept after a stand-down reached a closed page: not needed any more, to be read at the next
 * start, and without the place.
 */
export function afterStandDown(
  saved: Saved | undefined,
  { alert_id, version }: { alert_id: string; version: number },
  now: number,
): Saved | undefined {
  const known = fromSaved(saved, 0, now);
  const held = known.get(alert_id);
  if (!held || !isOpen(held.alert) || version < held.alert.version) return toSaved(known, 0, now);
  const alert = { ...held.alert, version, state: "stood_down" };
  return toSaved(step(known, { type: "news", news: { why: "stand_down", alert }, mono: 0 }).known, 0, now);
}

/** What is kept once the server said what is open: whatever is over is kept without its place. */
export function afterList(saved: Saved | undefined, open: Alert[], now: number): Saved | undefined {
  const known = fromSaved(saved, 0, now);
  const isKnown = ({ id, replaces }: Alert) => [id, ...replaces].some((one) => known.has(one));
  const news = open.filter(isKnown).map((alert) => guess(known, alert));
  return toSaved(step(known, { type: "all", news, mono: 0 }).known, 0, now);
}

/** Whether the place of an open incident is kept. */
export const keepsPlaces = (saved: Saved | undefined) =>
  saved?.held.some(({ alert }) => isEngaged(alert)) ?? false;
