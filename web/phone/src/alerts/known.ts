// What the phone shows of its alerts, and what it has to announce. Pure: one function for everything
// that can happen, with the phone's monotonic clock as an argument.
import { isDanger, isSafe, type Notice } from "../../../shared/sentences/phone/facts.ts";
import type { Alert, News, Told, Why } from "../api/types.ts";

export type { Notice } from "../../../shared/sentences/phone/facts.ts";

/** Alerts that are held at once; the oldest that are over go first. */
export const HELD_MAX = 8;

const UNANSWERED = ["queued", "sent", "received", "seen", "lapsed", "unreachable"];
const ENGAGED = ["accepted", "en_route", "on_scene"];

/** The person may still say yes. */
export const isAsk = (alert: Alert) => UNANSWERED.includes(alert.state);
/** The person said yes and is not done. */
export const isEngaged = (alert: Alert) => ENGAGED.includes(alert.state);
export const isOpen = (alert: Alert) => isAsk(alert) || isEngaged(alert);

const RANK: Notice[] = ["update", "all_clear", "over", "stand_down", "danger"];

/** One alert on this phone. */
export interface Held {
  alert: Alert;
  /** When the ask ends, by the monotonic clock, milliseconds. */
  endsAt: number;
  /** When somebody else is asked, by the same clock. */
  answerAt: number;
  /** The person said yes at some time. */
  engaged: boolean;
  notice: Notice | null;
  /** The version whose notice was read last. */
  read: number;
}

export type Known = ReadonlyMap<string, Held>;
export const NOTHING: Known = new Map();

export type Change =
  /** Everything as it is now; what is not in it is over. */
  | { type: "all"; news: News[]; mono: number }
  | { type: "news"; news: News; mono: number }
  /** The server's answer to what this phone said. */
  | { type: "answer"; alert: Alert; mono: number }
  /** A push about it, which is one event of its own: each report of danger is told anew. */
  | { type: "push"; told: Told }
  /** The notice was read. */
  | { type: "read"; id: string }
  /** The alert is put away. */
  | { type: "away"; id: string }
  | { type: "tick"; mono: number };

export interface Next {
  known: Known;
  /** What may have to be announced; whether it was already is for the claim to say. */
  told: Told[];
}

export function step(known: Known, change: Change): Next {
  switch (change.type) {
    case "all":
      return all(known, change.news, change.mono);
    case "news":
      return take(known, change.news, change.mono);
    case "answer":
      return take(known, { why: "state", alert: change.alert }, change.mono, true);
    case "tick":
      return tick(known, change.mono);
    case "away":
      return { known: without(known, change.id), told: [] };
    case "push":
      return pushed(known, change.told);
    case "read":
      return patch(known, change.id, { notice: null, read: known.get(change.id)?.alert.version ?? 0 });
  }
}

function patch(known: Known, id: string, part: Partial<Held>): Next {
  const held = known.get(id);
  if (!held) return { known, told: [] };
  const next = { ...held, ...part };
  // an ask that is over and read leaves nothing to do; whoever went is asked how it was
  const gone = !next.notice && !isOpen(next.alert) && !next.engaged;
  return { known: gone ? without(known, id) : new Map(known).set(id, next), told: [] };
}

/** What a push announces is announced once, also where the channel brought it without a why. */
function pushed(known: Known, told: Told): Next {
  const held = known.get(told.alert_id);
  if (!held || told.version > held.alert.version) return { known, told: [] };
  const again =
    told.why === "danger" && isDanger(held.alert) && isOpen(held.alert) && told.version > held.read;
  const next = again ? patch(known, told.alert_id, { notice: "danger" }).known : known;
  return { known: next, told: [told] };
}

function without(known: Known, id: string): Known {
  const next = new Map(known);
  next.delete(id);
  return next;
}

function all(known: Known, news: News[], mono: number): Next {
  let next: Next = { known, told: [] };
  for (const one of news) {
    const step = take(next.known, one, mono);
    next = { known: step.known, told: [...next.told, ...step.told] };
  }
  const named = new Set(news.map(({ alert }) => alert.id));
  for (const [id, held] of next.known) {
    if (named.has(id) || !isOpen(held.alert)) continue;
    // over while nobody could say so: somebody on the way must not miss it
    const why: Why = isEngaged(held.alert) ? "stand_down" : "state";
    const { alert } = held;
    const ended = { ...alert, state: isEngaged(alert) ? "stood_down" : "expired" };
    const step = take(next.known, { why, alert: stripped(ended) }, mono);
    next = { known: step.known, told: [...next.told, ...step.told] };
  }
  return next;
}

/** Nobody keeps the exact place of what is over. */
function stripped(alert: Alert): Alert {
  if (isEngaged(alert)) return alert;
  const { location: _l, address: _a, aed: _d, moved_from: _m, ...rest } = alert;
  return { ...rest, message: "" };
}

/** `own`: it answers what this phone said, so what is in it is no news, unless it is over. */
function take(known: Known, { why: said, alert: sent }: News, mono: number, own = false): Next {
  const same = known.get(sent.id);
  if (same && sent.version < same.alert.version) return { known, told: [] };
  // they go on with another report of the same emergency, which is told by itself
  if (sent.ended_because === "merged") return { known: without(known, sent.id), told: [] };
  const before = same ?? replaced(known, sent);
  const alert = stripped(sent);
  // the channel knows nothing of the earlier name: what differs is found here
  const renamed = before !== undefined && !same;
  const why = whyOf(before?.alert, alert, renamed && said === "state" ? "update" : said);
  // over before this phone ever showed it: nothing to show, nothing to say
  if (!before && !isOpen(alert)) return { known, told: [] };
  const held: Held = {
    alert,
    endsAt: mono + alert.expires_in_s * 1000,
    answerAt: mono + alert.answer_in_s * 1000,
    engaged: (before?.engaged ?? false) || isEngaged(alert),
    notice: worse(stillTrue(before?.notice ?? null, alert), noticeOf(before, alert, why, own)),
    read: before?.read ?? 0,
  };
  const next = new Map(known).set(alert.id, held);
  for (const id of alert.replaces) next.delete(id);
  if (!isOpen(alert) && !held.notice && !held.engaged) next.delete(alert.id);
  const told: Told[] = why === "state" ? [] : [{ alert_id: alert.id, why, version: alert.version }];
  return { known: bounded(next), told };
}

/** What this phone knew under a name that the alert had before; every version of the new one is newer. */
function replaced(known: Known, { replaces }: Alert): Held | undefined {
  const held = replaces.map((id) => known.get(id)).findLast((one) => one !== undefined);
  return held && { ...held, alert: { ...held.alert, version: -1 }, read: 0 };
}

/** What a person acts on. */
const matters = (alert: Alert) => {
  const { approximate_location, location, address, aed, message, still_going_asked, all_clear_at_ms } = alert;
  return JSON.stringify([
    approximate_location,
    location,
    address,
    aed,
    message,
    still_going_asked,
    all_clear_at_ms,
  ]);
};

/** What the why tells this person: after a drop the server can only guess what is new here. */
function whyOf(before: Alert | undefined, now: Alert, why: Why): Why {
  if (isOpen(now) && newDanger(before, now)) return "danger";
  if (isOpen(now) && newAllClear(before, now)) return "update";
  // people are asked although the scene is unsafe: that is an alert
  if (why === "danger") return !before && isAsk(now) ? "alert" : "state";
  if (!before || why !== "update") return why;
  // what a yes discloses is no change of it
  return isEngaged(before) === isEngaged(now) && matters(before) !== matters(now) ? "update" : "state";
}

/** There is danger that was not known; nobody is alarmed by what they reported themselves. */
const newDanger = (before: Alert | undefined, now: Alert) =>
  isDanger(now) && !now.in_danger && !(before && isDanger(before));

/** The danger that they were told of is over. */
const newAllClear = (before: Alert | undefined, now: Alert) =>
  before !== undefined && isSafe(now) && now.all_clear_at_ms > before.all_clear_at_ms;

/** What a person must read of it, beside the alert itself. */
function noticeOf(before: Held | undefined, alert: Alert, why: Why, own: boolean): Notice | null {
  const isNew = !before || alert.version > before.alert.version;
  const wasOpen = before !== undefined && isOpen(before.alert);
  if (wasOpen && alert.state === "stood_down") return "stand_down";
  if (wasOpen && alert.state === "expired") return isEngaged(before.alert) ? "stand_down" : "over";
  if (!isOpen(alert)) return null;
  if (newDanger(before?.alert, alert)) return "danger";
  if (newAllClear(before?.alert, alert)) return "all_clear";
  return isNew && !own && why === "update" && isEngaged(alert) ? "update" : null;
}

/** Nothing stays unread after it is no longer true. */
function stillTrue(notice: Notice | null, alert: Alert): Notice | null {
  const is: Record<Notice, boolean> = {
    danger: isOpen(alert) && isDanger(alert),
    all_clear: isOpen(alert) && isSafe(alert),
    update: isEngaged(alert),
    stand_down: alert.state === "stood_down" || alert.state === "expired",
    over: alert.state === "expired",
  };
  return notice && is[notice] ? notice : null;
}

function worse(one: Notice | null, other: Notice | null): Notice | null {
  if (!one || !other) return one ?? other;
  return RANK.indexOf(one) >= RANK.indexOf(other) ? one : other;
}

/** The ask ends by this phone's own clock, also when nobody can be heard. */
function tick(known: Known, mono: number): Next {
  let next = known;
  for (const [id, held] of known) {
    if (!isAsk(held.alert) || mono < held.endsAt) continue;
    const alert = { ...held.alert, state: "expired", expires_in_s: 0 };
    next = new Map(next).set(id, { ...held, alert, notice: worse(held.notice, "over") });
  }
  return { known: next, told: [] };
}

function bounded(known: Map<string, Held>): Known {
  for (const [id, held] of known) {
    if (known.size <= HELD_MAX) break;
    if (!isOpen(held.alert)) known.delete(id);
  }
  for (const id of known.keys()) {
    if (known.size <= HELD_MAX) break;
    known.delete(id);
  }
  return known;
}

/** What the phone tells the server that it shows: what is open, and what ended without a reason that it knows. */
export const shown = (known: Known) =>
  [...known.values()]
    .filter(({ alert, notice }) => isOpen(alert) || (notice === "stand_down" && !alert.ended_because))
    .map(({ alert }) => ({ alert_id: alert.id, version: alert.version }));

/** What fills the screen. */
export type Face =
  | { face: "stop"; held: Held; why: "danger" | "all_clear" | "stand_down" | "over" }
  | { face: "ask" | "engaged" | "after"; held: Held };

/** The most pressing of all; the real before the exercise. Null: nothing is going on. */
export function front(known: Known): Face | null {
  const all = [...known.values()].sort((a, b) => Number(a.alert.exercise) - Number(b.alert.exercise));
  const stop = all.find(
    ({ notice, engaged }) =>
      notice === "danger" || notice === "all_clear" || (notice === "stand_down" && engaged),
  );
  if (stop) return { face: "stop", held: stop, why: stop.notice as "danger" | "all_clear" | "stand_down" };
  const ask = all.find(({ alert }) => isAsk(alert));
  const engaged = all.find(({ alert }) => isEngaged(alert));
  // a person who practises is asked for real; anybody under way is not asked for practice
  if (ask && !(engaged && !engaged.alert.exercise && ask.alert.exercise)) return { face: "ask", held: ask };
  if (engaged) return { face: "engaged", held: engaged };
  const over = all.find(({ notice }) => notice === "stand_down" || notice === "over");
  if (over) return { face: "stop", held: over, why: over.notice as "stand_down" | "over" };
  const after = all.find(({ alert, engaged }) => engaged && !isOpen(alert));
  return after ? { face: "after", held: after } : null;
}

/** News of a list that says no why: the page's own guess, so that the same is announced once. */
export function guess(known: Known, alert: Alert): News {
  const before = known.get(alert.id)?.alert;
  if (newAllClear(before, alert)) return { why: "update", alert };
  if (isAsk(alert) && !newDanger(before, alert)) return { why: "alert", alert };
  if (newDanger(before, alert)) return { why: "danger", alert };
  return { why: before && isEngaged(before) ? "update" : "state", alert };
}
