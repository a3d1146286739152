// The server's time, as far as its answers tell: a desk's own clock may be wrong by minutes.

/** A clock that was set back by more, milliseconds, is believed anew. */
const JUMP_MS = 5_000;

let ahead: number | null = null;

/** Milliseconds since 1970 by the server's clock. */
export const now = () => Date.now() + (ahead ?? 0);

/** Hears the server's time in something that it has just said. */
export function hearTime(text: string): void {
  const found = Date.parse(text) - Date.now();
  if (!Number.isFinite(found)) return;
  // what is heard is late by its way and never early, so the largest is the nearest
  if (ahead === null || found > ahead || ahead - found > JUMP_MS) ahead = found;
}

/** Milliseconds of an instant; NaN for none. */
export const millis = (text: string | null | undefined) => (text ? Date.parse(text) : Number.NaN);

/** Whole seconds from `text` to `at`, at least 0. */
export const secondsSince = (text: string, at: number) => Math.max(0, Math.floor((at - millis(text)) / 1000));
