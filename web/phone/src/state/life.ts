// The life of a signed-in phone: one channel, one place where everything that happens is taken in.
import { announce, unshow } from "../alerts/announce.ts";
import { type Change, front, guess, isAsk, isEngaged, shown, step } from "../alerts/known.ts";
import { Channel, PROTOCOL } from "../api/channel.ts";
import { ApiError, http } from "../api/http.ts";
import type { Attention, News } from "../api/types.ts";
import { failing, noted, wantsNewAddress } from "../device/attention.ts";
import { stayAwake } from "../device/awake.ts";
import { canPush, registerPush, workerReady } from "../device/push.ts";
import { hush, ringing } from "../device/sound.ts";
import { forgetAll, keep, kept } from "../keep/db.ts";
import { fromSaved, toSaved } from "../keep/saved.ts";
import { toldOf } from "../sw/notices.ts";
import { positions, startPosition, stopPosition } from "./place.ts";
import { lookAround } from "./ready.ts";
import { flushUnsent, say } from "./sayings.ts";
import { get, type Line, START, set, subscribe } from "./store.ts";
import { testArrived } from "./tests.ts";
import { everyBeat } from "./ticker.ts";

/** The wall clock ran ahead of the monotonic one by more, milliseconds: the phone slept. */
const SLEPT_MS = 5_000;

/** A push that this page cannot show by then is the service worker's, milliseconds. */
const PUSH_MS = 1_200;

let channel: Channel | null = null;
let unbeat: (() => void) | null = null;
/** Other pages of this phone see the same. */
const pages = new BroadcastChannel("muster-phone");

export const theChannel = () => channel;

/** What this phone kept, and then what the server says. */
export async function begin(): Promise<void> {
  const device = (await kept("device_id")) ?? null;
  if (!device) return set({ device: null });
  const known = fromSaved(await kept("alerts"), performance.now(), Date.now());
  set({ device, known, unsent: (await kept("unsent")) ?? [] });
  // what has become too old to be shown is not kept either
  void keep("alerts", toSaved(known, performance.now(), Date.now()));
  follow();
  channel?.stop();
  channel = new Channel(listener, {
    socket: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/phone`, PROTOCOL),
    hello: () => ({ device_id: device, shown: shown(get().known) }),
    random: Math.random,
  });
  unbeat ??= everyBeat(beat);
  void startPosition();
  // the server may know that the address this browser still holds is dead
  void readMe().then(() => tellPush(device));
}

/** The push address of this phone, told anew at each start: keys and addresses change. */
async function tellPush(device: string): Promise<void> {
  if (!canPush() || Notification.permission !== "granted" || get().device !== device) return;
  const anew = wantsNewAddress(get().attention, device);
  try {
    await registerPush(await workerReady(), device, anew);
    if (anew) await readMe();
  } catch {
    // readiness says that this phone is not registered
  }
  await lookAround();
}

/** Everything of the person is gone from this phone. */
export async function end(why: "ended" | null): Promise<void> {
  channel?.stop();
  channel = null;
  unbeat?.();
  unbeat = null;
  stopPosition();
  hush();
  stayAwake(false);
  set({ ...START, device: null, signedOutWhy: why });
  await forgetAll();
}

export async function readMe(): Promise<void> {
  try {
    const me = await http.me();
    if (get().device) set({ me, attention: failing(me) });
    // places that were named stand in for a position
    void lookAround();
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) await end("ended");
  }
}

/** A phone fails. Where it is this one's address, another is asked for at once. */
async function heardAttention(attention: Attention): Promise<void> {
  set({ attention: noted(get().attention, attention) });
  const { device } = get();
  if (device && wantsNewAddress([attention], device)) await tellPush(device);
  await readMe();
}

const listener = {
  welcome: (news: News[]) => {
    take({ type: "all", news, mono: performance.now() });
    void flushUnsent();
    positions()?.flush();
    if (!get().me) void readMe();
  },
  news: (news: News) => take({ type: "news", news, mono: performance.now() }),
  test: ({ id }: { id: string }) => testArrived(id, "channel"),
  attention: (attention: Attention) => void heardAttention(attention),
  line: (line: Line) => {
    set({
      line,
      ...(line !== "live" && get().line === "live" && { lostAt: channel?.heardAt ?? performance.now() }),
    });
    // no socket to be had: the same over HTTP, which also tells an ended session
    if (line === "lost") void askOverHttp();
  },
  signedOut: () => void end("ended"),
};

/** The open alerts by HTTP, as long as the channel is not there. */
export async function askOverHttp(): Promise<void> {
  try {
    const alerts = await http.alerts();
    if (!channel || channel.live) return;
    const { known } = get();
    take({ type: "all", news: alerts.map((alert) => guess(known, alert)), mono: performance.now() });
    await flushUnsent();
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) await end("ended");
  }
}

/** Takes in what happened: here, or on another page of this phone. */
export function take(change: Change, from: "here" | "page" = "here"): void {
  const before = get().known;
  const next = step(before, change);
  if (next.known === before && next.told.length === 0) return;
  set({ known: next.known });
  follow();
  for (const [id, { alert, notice }] of next.known) {
    if (from !== "here" || before.has(id)) continue;
    // of one that goes on under another name: where nothing has to be read, it is shown as it is
    if (isAsk(alert) || (alert.replaces.length > 0 && !notice)) say(id, "received");
  }
  for (const [id, { alert, notice }] of before) {
    const now = next.known.get(id);
    // what still has to be read stays on the lock screen
    const answered = now && isAsk(alert) && !isAsk(now.alert);
    if (!now || ((answered || notice) && !now.notice)) void unshow(id);
  }
  if (change.type !== "tick") void keep("alerts", toSaved(next.known, performance.now(), Date.now()));
  if (from === "page") return;
  // the page that heard it announces it; the others only show it
  void announce(next.told);
  if (change.type !== "tick") pages.postMessage(change);
}

/** What follows from what is shown: sound, screen, position. */
function follow(): void {
  const { known } = get();
  const face = front(known);
  stayAwake(face !== null);
  const sound = ringing();
  const asked = face?.face === "ask";
  if (!face || ((sound === "alert" || sound === "exercise") && !asked)) hush();
  if (sound === "stand_down" && face?.face !== "stop") hush();
  if ([...known.values()].some(({ alert }) => isEngaged(alert))) positions()?.start();
}

let last = { mono: performance.now(), wall: Date.now() };

function beat(): void {
  const now = { mono: performance.now(), wall: Date.now() };
  const slept = now.wall - last.wall - (now.mono - last.mono);
  last = now;
  take({ type: "tick", mono: now.mono });
  // monotonic clocks stand still while a phone sleeps: what is left is for the server to say
  if (Math.abs(slept) > SLEPT_MS) channel?.hurry();
}

pages.onmessage = ({ data }: MessageEvent<Change>) => {
  if (!get().device) return;
  // another page's monotonic clock is not this one's
  take("mono" in data ? { ...data, mono: performance.now() } : data, "page");
};

addEventListener("online", () => channel?.hurry());
addEventListener("focus", () => channel?.takeOver());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") channel?.takeOver();
});

navigator.serviceWorker?.addEventListener("message", (event: MessageEvent<PushMessage>) => {
  const { push, shown } = event.data ?? {};
  if (shown && isLookedAt(shown)) void unshow(shown);
  if (!push || !get().device) return;
  if (push.type === "test") return testArrived(push.alert_id, "push");
  if (push.type === "attention") {
    void heardAttention({ device_id: push.device_id ?? "", why: push.why ?? "" });
    event.ports[0]?.postMessage(document.visibilityState === "visible");
    return;
  }
  // with a line the same comes as news in a moment; without one it is asked for
  if (channel?.live) channel.hurry();
  else void askOverHttp();
  void comes(push).then((shown) => {
    const mine = shown && document.visibilityState === "visible";
    event.ports[0]?.postMessage(mine);
    if (mine) take({ type: "push", told: toldOf(push) });
  });
});

/** Whether this page shows what the push is about, soon enough to announce it itself. */
function comes({ alert_id, version }: Pushed): Promise<boolean> {
  const isHere = () => (get().known.get(alert_id)?.alert.version ?? -1) >= (Number(version) || 0);
  return new Promise((done) => {
    const end = (shown: boolean) => {
      clearTimeout(timer);
      unsubscribe();
      done(shown);
    };
    const timer = setTimeout(() => end(false), PUSH_MS);
    const unsubscribe = subscribe(() => isHere() && end(true));
    if (isHere()) end(true);
  });
}

/** A person has it before their eyes, or nothing about it waits to be read. */
function isLookedAt(alert: string): boolean {
  const { known } = get();
  const held = known.get(alert);
  if (!held || (!held.notice && !isAsk(held.alert))) return true;
  const face = front(known);
  return document.visibilityState === "visible" && face?.face === "ask" && face.held === held;
}

interface Pushed {
  type: string;
  alert_id: string;
  version?: string;
  device_id?: string;
  why?: string;
}
interface PushMessage {
  push?: Pushed;
  /** The alert whose notification was shown silently, because this page is in front. */
  shown?: string;
}
