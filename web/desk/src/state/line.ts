// What the desk knows of its own line to the server, and how old what it shows is. Pure.

/** How the line is. `since` is by this machine's clock, milliseconds. */
export type Line =
  | { state: "connecting" | "live" }
  /** Nothing was heard since then. */
  | { state: "lost"; since: number }
  /** The server is there, and says that what it sends is as things were then. */
  | { state: "behind"; since: number };

/** What happened on the line. */
export type Said =
  | { type: "heard"; at: number }
  /** Everything was read anew, beside the line. */
  | { type: "read"; at: number }
  | { type: "silent" }
  /** The server says until when it has told everything. */
  | { type: "stale"; until: number }
  | { type: "beat" };

/** What is remembered beside what is shown. */
export interface Heard {
  line: Line;
  /** When something was last heard. */
  at: number;
  /** What the last `stale` said; it counts with the next beat. */
  stale: number | null;
}

export const unheard = (at: number): Heard => ({ line: { state: "connecting" }, at, stale: null });

/** The same line when nothing that is shown changed. */
export function hear(was: Heard, said: Said): Heard {
  switch (said.type) {
    case "heard": {
      // a beat alone says that it is no longer behind
      const line: Line = was.line.state === "behind" ? was.line : { state: "live" };
      return { ...was, at: said.at, line: same(was.line, line) };
    }
    case "read":
      return { ...was, at: said.at };
    case "silent":
      return { ...was, stale: null, line: same(was.line, { state: "lost", since: was.at }) };
    case "stale":
      return { ...was, stale: said.until };
    case "beat": {
      const line: Line = was.stale === null ? { state: "live" } : { state: "behind", since: was.stale };
      return { ...was, stale: null, line: same(was.line, line) };
    }
  }
}

const same = (old: Line, next: Line): Line =>
  old.state === next.state && sinceOf(old) === sinceOf(next) ? old : next;

const sinceOf = (line: Line) => ("since" in line ? line.since : null);

/** How old what is shown is, whole seconds; 0 while it is true. */
export const ageS = (line: Line, at: number) =>
  "since" in line ? Math.max(0, Math.floor((at - line.since) / 1000)) : 0;
