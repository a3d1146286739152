// The life of a signed-in desk: reads what is open, follows the feed, ends with the session.
import { ApiError, api } from "../api/client.ts";
import { Feed, type View } from "../api/feed.ts";
import type { SentEvent } from "../api/sse.ts";
import type { Approach, Density, FeedAlert, Incident, Position } from "../api/types.ts";
import { keepChoices } from "./choices.ts";
import { hearTime, millis, now } from "./clock.ts";
import { forgetDrafts } from "./drafts.ts";
import { hear, type Said, unheard } from "./line.ts";
import { forgetWays, keepOnly, moved } from "./positions.ts";
import { samePerson, Use } from "./session.ts";
import { change, forgetAll, get, set } from "./store.ts";
import { everySecond } from "./ticker.ts";
import { newlySpent } from "./urgency.ts";

/** Between two tries to read the list, milliseconds. */
const AGAIN_MS = 2_000;

let feed: Feed | null = null;
let view: View | null = null;
let untick: (() => void) | null = null;
let line = unheard(Date.now());
const use = new Use();
const densityListeners = new Set<(density: Density) => void>();

/** Asks who is signed in, and begins when somebody is. */
export async function begin(): Promise<void> {
  try {
    const session = await api.session();
    set({ session, over: false });
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
    if (status === 401 || status === 403) return get().session ? over() : end();
    say({ type: "silent" });
    setTimeout(() => void begin(), AGAIN_MS);
  }
}

/** Begins with the code of a link, if there is one. */
export async function beginWith(code: string | null): Promise<void> {
  if (!code) return begin();
  try {
    await api.signInByCode(code);
  } catch (error) {
    set({ session: get().session ?? null, linkRefused: error });
    return;
  }
  set({ linkRefused: null });
  await (get().session ? goOn() : begin());
}

/** Everything of the session is gone from the page. */
export function end(): void {
  feed?.stop();
  feed = null;
  untick?.();
  untick = null;
  forgetWays();
  forgetDrafts();
  line = unheard(Date.now());
  forgetAll();
}

/** The session has ended. Nothing is taken from the page; nothing new comes either. */
export function over(): void {
  feed?.stop();
  feed = null;
  say({ type: "silent" });
  set({ over: true });
}

/** Goes on with the token that was just kept. Another person begins anew. */
export async function goOn(): Promise<void> {
  const [was, session] = [get().session, await api.session()];
  if (!was || !samePerson(was, session)) {
    end();
    return begin();
  }
  await readAndFollow();
  set({ session, over: false });
}

/** Looks at the session, which makes it longer if it can be. */
async function renew(): Promise<void> {
  try {
    const [was, session] = [get().session, await api.session()];
    if (!was || !samePerson(was, session)) return;
    set({ session });
    // the open line ends with the session that it was opened by
    feed?.again();
  } catch {
    // asked again when it is due; the feed notices when it has ended
  }
}

/** Somebody touched the page. */
export const used = () => use.touched(now());

/** Shows people and density of this part of the map. */
export function look(next: View): void {
  view = next;
  feed?.look(next);
}

/** The part of the map that is seen; null before there is one. */
export const seen = () => view?.box ?? null;

export function onDensity(listener: (density: Density) => void): () => void {
  densityListeners.add(listener);
  return () => densityListeners.delete(listener);
}

async function readAndFollow(): Promise<void> {
  const { items, cursor } = await api.incidents();
  for (const item of items) hearTime(item.summary.as_of);
  change({ type: "read", items, now: now() });
  say({ type: "read", at: Date.now() });
  keepOnly(get().known.incidents);
  feed?.stop();
  feed = new Feed(cursor, {
    event: take,
    heard: () => say({ type: "heard", at: Date.now() }),
    lost: () => say({ type: "silent" }),
    signedOut: over,
  });
  if (view) feed.look(view);
}

/** Something happened on the line. */
function say(said: Said): void {
  const before = line.line;
  line = hear(line, said);
  if (line.line !== before) set({ line: line.line });
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
  } else if (event === "stale") {
    const { since } = JSON.parse(data) as { since: string };
    // as old by this machine's clock as it is by the server's
    say({ type: "stale", until: Date.parse(since) - now() + Date.now() });
  } else if (event === "beat") {
    hearTime((JSON.parse(data) as { at: string }).at);
    say({ type: "beat" });
  } else if (event === "reset") void reset();
}

/** The cursor is worthless: reads everything again, as often as it takes. */
async function reset(): Promise<void> {
  try {
    await readAndFollow();
  } catch {
    say({ type: "silent" });
    setTimeout(() => get().session && void reset(), AGAIN_MS);
  }
}

function tick(at: number): void {
  change({ type: "tick", now: at });
  const spent = newlySpent(get().known, at);
  if (spent.length > 0) change({ type: "spent", keys: spent });
  keepOnly(get().known.incidents);
  const choices = keepChoices(get().choices, get().known.incidents);
  if (choices !== get().choices) set({ choices });
  const session = get().session;
  if (!session || get().over) return;
  if (millis(session.expires_at) < at) over();
  else if (use.isDue(session, at)) void renew();
}
