// One beat for everything that counts seconds, by the monotonic clock.
import { useEffect, useState } from "preact/hooks";

const BEAT_MS = 250;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Hears four times a second that time passes. */
export function everyBeat(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const one of [...listeners]) one();
  }, BEAT_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** What `read` makes of the time; a component is drawn again only when that changes. */
export function useBeat<T extends string | number | boolean>(read: () => T): T {
  const [, draw] = useState<T>(read());
  useEffect(() => everyBeat(() => draw(read())), [read]);
  return read();
}
