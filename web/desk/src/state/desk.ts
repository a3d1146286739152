// The life of a signed-in desk: reads what is open, follows the feed, ends with the session.
import { ApiError, api } from "../api/client.ts";
import { Feed, type View } from "../api/feed.ts";
import type { SentEvent } from "../api/sse.ts";
import type { Approach, Density, FeedAlert, Incident, Position } from "../api/types.ts";
import { hearTime, now } from "./clock.ts";
import { forgetWays, keepOnly, moved } from "./positions.ts";
import { change, forgetAll, get, set } from "./store.ts";
import { everySecond } from "./ticker.ts";
import { newlySpent } from "./urgency.ts";

/** Between two tries to read the list, milliseconds. */
const AGAIN_MS = 2_000;

let feed: Feed | null = null;
let view: View | null = null;
let untick: (() => void) | null = null;
const densityListeners = new Set<(density: Density) => void>();

/** Asks who is signed in, and begins when somebody is. */
export async function begin(): Promise<void> {
  try {
    const session = await api.session();
    set({ session, signedOutWhy: null });
    void api.map().then(
      (map) => set({ map }),
      // an older server has no maps of its own: the built-in one serves
      () =>
        set({
          map: {
            style_url: null,
            pmtiles: false,
            attribution: null,
            bounds: null,
            centre: null,
            geocoder: false,
            aeds: false,
          },
        }),
    );
    untick ??= everySecond(tick);
    await readAndFollow();
  } catch (error) {
    const status = error instanceof ApiError ? error.problem.status : 0;
    if (status === 401 || status === 403) return end(get().session ? "expired" : null);
    lost();
    setTimeout(() => void begin(), AGAIN_MS);
  }
}

/** Everything of the session is gone from the page. */
export function end(why: "expired" | null): void {
  feed?.stop();
  feed = null;
  untick?.();
  untick = null;
  forgetWays();
  forgetAll(why);
}

/** Shows people and density of this part of the map. */
export function look(next: View): void {
  view = next;
  feed?.look(next);
}

export function onDensity(listener: (density: Density) => void): () => void {
  densityListeners.add(listener);
  return () => densityListeners.delete(listener);
}

async function readAndFollow(): Promise<void> {
  const { items, cursor } = await api.openIncidents();
  for (const item of items) hearTime(item.summary.as_of);
  change({ type: "read", items, now: now() });
  keepOnly(get().known.incidents);
  feed?.stop();
  feed = new Feed(cursor, {
    event: take,
    live: (live) => (live ? set({ line: { state: "live", since: Date.now() } }) : lost()),
    signedOut: () => end("expired"),
  });
  if (view) feed.look(view);
}

function lost(): void {
  if (get().line.state !== "lost") set({ line: { state: "lost", since: Date.now() } });
}

function take({ event, data }: SentEvent): void {
  if (event === "incident") {
    const incident = JSON.parse(data) as Incident;
    hearTime(incident.summary.as_of);
    change({ type: "incident", incident });
  } else if (event === "alert") change({ type: "alert", alert: JSON.parse(data) as FeedAlert });
  else if (event === "approach")
    change({ type: "approach", items: (JSON.parse(data) as { items: Approach[] }).items });
  else if (event === "position") moved((JSON.parse(data) as { items: Position[] }).items);
  else if (event === "density") {
    const density = JSON.parse(data) as Density;
    for (const listener of densityListeners) listener(density);
  } else if (event === "reset") void reset();
}

/** The cursor is worthless: reads everything again, as often as it takes. */
async function reset(): Promise<void> {
  try {
    await readAndFollow();
  } catch {
    lost();
    setTimeout(() => get().session && void reset(), AGAIN_MS);
  }
}

function tick(at: number): void {
  change({ type: "tick", now: at });
  const spent = newlySpent(get().known, at);
  if (spent.length > 0) change({ type: "spent", keys: spent });
  keepOnly(get().known.incidents);
  const session = get().session;
  if (session && Date.parse(session.expires_at) < at) end("expired");
}
