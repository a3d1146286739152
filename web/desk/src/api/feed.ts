// Follows the feed and never gives up: resumes at its cursor after every break.
//
// With fetch and not EventSource: the status code tells an ended session from a broken line, and
// the server's beats show that a silent line is still a line.
import { EventCutter, type SentEvent } from "./sse.ts";
import type { Box } from "./types.ts";

/** The server beats every second; whoever hears nothing for longer is told so. */
export const SILENT_MS = 2_500;
/** A line that is silent for longer is given up, and another one is tried. */
const GIVEN_UP_MS = 6_000;
/** First pause before another try, and the longest; each is shortened at random by up to half. */
const [PAUSE_MS, PAUSE_MAX_MS] = [500, 5_000];

/** What part of the map is looked at. */
export interface View {
  box: Box;
  zoom: number;
}

/** Who listens to a feed. */
export interface Listener {
  event(event: SentEvent): void;
  /** Something came: the line is there. */
  heard(): void;
  /** The line broke, or nothing came for long. It is tried again. */
  lost(): void;
  /** The session ended. */
  signedOut(): void;
}

/** The address of the feed from a cursor on. */
export function feedUrl(cursor: string | null, view: View | null): string {
  const query = new URLSearchParams();
  if (cursor) query.set("after", cursor);
  if (view) {
    query.set("bbox", view.box.map((degrees) => degrees.toFixed(5)).join(","));
    query.set("zoom", view.zoom.toFixed(1));
  }
  return `/v1/feed?${query}`;
}

export class Feed {
  private cursor: string | null;
  private view: View | null = null;
  private line: AbortController | null = null;
  private stopped = false;
  private failures = 0;
  private wake: (() => void) | null = null;
  private silent = 0;
  private readonly listener: Listener;

  constructor(cursor: string, listener: Listener) {
    this.cursor = cursor;
    this.listener = listener;
    globalThis.addEventListener?.("online", this.hurry);
    this.expect();
    void this.run();
  }

  /** Looks at another part of the map; the events go on without a gap. */
  look(view: View): void {
    this.view = view;
    this.again();
  }

  /** Opens another line, without a gap. */
  again(): void {
    this.line?.abort("view");
  }

  stop(): void {
    this.stopped = true;
    globalThis.removeEventListener?.("online", this.hurry);
    clearTimeout(this.silent);
    this.line?.abort("stop");
    this.hurry();
  }

  private readonly hurry = () => this.wake?.();

  /** Waits for the next word, over one line or the next: a new line that says nothing is none. */
  private expect(): void {
    clearTimeout(this.silent);
    this.silent = setTimeout(() => this.listener.lost(), SILENT_MS) as unknown as number;
  }

  private heard(): void {
    this.expect();
    this.failures = 0;
    this.listener.heard();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const why = await this.follow();
      if (this.stopped) return;
      if (why === "signed_out") {
        clearTimeout(this.silent);
        return this.listener.signedOut();
      }
      if (why === "view") continue;
      this.listener.lost();
      await this.pause();
    }
  }

  /** Follows one connection to its end. */
  private async follow(): Promise<"view" | "signed_out" | "broken"> {
    const line = new AbortController();
    this.line = line;
    let given = 0;
    const goOn = () => {
      clearTimeout(given);
      given = setTimeout(() => line.abort("silent"), GIVEN_UP_MS) as unknown as number;
    };
    try {
      goOn();
      const headers = { accept: "text/event-stream" };
      const response = await fetch(feedUrl(this.cursor, this.view), { headers, signal: line.signal });
      if (response.status === 401 || response.status === 403) return "signed_out";
      if (!response.ok || !response.body) return "broken";
      const [reader, cutter] = [response.body.getReader(), new EventCutter()];
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return "broken";
        goOn();
        this.heard();
        for (const event of cutter.push(decoder.decode(value, { stream: true }))) this.take(event);
      }
    } catch {
      return line.signal.reason === "view" ? "view" : "broken";
    } finally {
      clearTimeout(given);
    }
  }

  private take(event: SentEvent): void {
    if (event.data) this.listener.event(event);
    // after it was taken: a half-taken step is asked for again
    if (event.id !== null) this.cursor = event.id;
  }

  /** Waits before another try; a desk full of browsers must not come back in step. */
  private async pause(): Promise<void> {
    const longest = Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** this.failures++);
    const ms = longest * (0.5 + Math.random() / 2);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }
}
