// When to come back after the channel was closed. Pure.

/** First pause and the longest, milliseconds; jitter takes up to half of it. */
const [PAUSE_MS, PAUSE_MAX_MS] = [500, 15_000];
/** A node that stops sends its phones away at once: they come back spread over so long. */
const MOVING_MS = 3_000;

/** What the end of a connection means. */
export type After =
  | { type: "again"; inMs: number }
  /** The session is over: sign in. */
  | { type: "sign_in" }
  /** Another page of this phone has the channel. */
  | { type: "elsewhere" };

/** After close code `code`, the `failures`th in a row from 0; `random` is from 0 to 1. */
export function after(code: number, failures: number, random: number): After {
  if (code === 4001 || code === 4003) return { type: "sign_in" };
  if (code === 4002) return { type: "elsewhere" };
  if (code === 1001 && failures === 0) return { type: "again", inMs: random * MOVING_MS };
  const longest = code === 4008 ? PAUSE_MAX_MS : Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** failures);
  return { type: "again", inMs: longest * (0.5 + random / 2) };
}
