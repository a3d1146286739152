// The shown alerts as they are kept on the phone: an address must be there in a cellar, and after the
// browser was thrown out of memory. Pure.
import { type Held, isOpen, type Known } from "../alerts/known.ts";

/** What is older is not shown again, milliseconds. */
const OLD_MS = 4 * 3600 * 1000;

export interface Saved {
  /** By the phone's own clock, milliseconds since 1970. */
  at: number;
  held: (Held & { leftMs: number })[];
}

/** What to keep of it; undefined when there is nothing. The exact place goes with the incident. */
export function toSaved(known: Known, mono: number, now: number): Saved | undefined {
  if (known.size === 0) return undefined;
  const held = [...known.values()].map((one) => {
    const { location: _l, address: _a, aed: _d, moved_from: _m, ...rest } = one.alert;
    const alert = isOpen(one.alert) ? one.alert : { ...rest, message: "" };
    return { ...one, alert, leftMs: Math.max(0, one.endsAt - mono) };
  });
  return { at: now, held };
}

/** What was kept, on the monotonic clock of this start. Time spent asleep counts. */
export function fromSaved(saved: Saved | undefined, mono: number, now: number): Known {
  const passed = saved ? now - saved.at : 0;
  // a clock that was set back says nothing about how long ago it was
  if (!saved || passed > OLD_MS || passed < -OLD_MS) return new Map();
  return new Map(
    saved.held.map(({ leftMs, ...held }) => [
      held.alert.id,
      { ...held, endsAt: mono + Math.max(0, leftMs - Math.max(0, passed)) },
    ]),
  );
}
