// One clock for the page: everything that counts seconds is drawn in the same beat.
import { useEffect, useRef, useState } from "preact/hooks";
import { now } from "./clock.ts";

const listeners = new Set<(at: number) => void>();
let timer = 0;

function beat() {
  const at = now();
  for (const listener of listeners) listener(at);
}

/** Hears every second what time it is. */
export function everySecond(listener: (at: number) => void): () => void {
  listeners.add(listener);
  if (!timer) timer = setInterval(beat, 1000) as unknown as number;
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = 0;
    }
  };
}

/** What `read` makes of the time; a component is drawn again only when that changes. */
export function useTime<T extends string | number | boolean>(read: (at: number) => T): T {
  const [, redraw] = useState({});
  const value = read(now());
  const shown = useRef(value);
  shown.current = value;
  const latest = useRef(read);
  latest.current = read;
  useEffect(
    () =>
      everySecond((at) => {
        if (latest.current(at) !== shown.current) redraw({});
      }),
    [],
  );
  return value;
}
