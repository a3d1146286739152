// Whether this phone can be alerted, honestly: what a page cannot know is not claimed. Pure, but for
// `look`, which asks the browser.
import type { Me, Readiness } from "../api/types.ts";
import type { Leave } from "../position/watch.ts";
import { isInstalled, type Platform, platform } from "./platform.ts";
import { canPush, isSubscribed } from "./push.ts";

/** How long it counts that a person has heard the alarm of a push, milliseconds. */
export const HEARD_MS = 30 * 24 * 3600 * 1000;

/** What was found out about this phone. */
export interface Facts {
  platform: Platform;
  installed: boolean;
  canPush: boolean;
  notifications: "granted" | "denied" | "default";
  subscribed: boolean;
  position: Leave;
  /** The position is being read now: the page is open and in front. */
  watching: boolean;
  /** The person named places where they usually are. */
  places: boolean;
  soundWorks: boolean;
  battery_pct?: number;
  /** When a person said that they heard the test's notification, by the phone's clock, milliseconds. */
  heardAt: number | null;
}

/** What the server is told. */
export function readiness(facts: Facts, now: number): Readiness {
  const { notifications, subscribed, battery_pct, heardAt } = facts;
  const canRing = notifications === "granted" && subscribed;
  const heard = heardAt !== null && Math.abs(now - heardAt) < HEARD_MS;
  // no page gets past the silent switch of an iPhone, and none can ask where it stands
  const alarm = !canRing ? "quiet" : facts.platform !== "ios" && heard ? "loud" : "unknown";
  return {
    alarm,
    position: facts.position === "granted" && facts.watching ? "live" : facts.places ? "place" : "none",
    notifications,
    subscribed,
    ...(battery_pct !== undefined && { battery_pct }),
    app: "web",
  };
}

/** One line of the page: is it good, and if not, what helps. */
export interface Check {
  name: "account" | "install" | "notifications" | "push" | "position" | "sound" | "battery" | "test";
  state: "good" | "bad" | "unsure";
}

/** Everything that decides whether this phone will be heard, in the order to put it right. */
export function checks(facts: Facts, me: Me | null, device: string | null): Check[] {
  const mine = me?.devices.find(({ device_id }) => device_id === device);
  const good = (is: boolean): Check["state"] => (is ? "good" : "bad");
  const list: Check[] = [{ name: "account", state: good(me?.state === "verified") }];
  // an iPhone pushes to installed pages only
  if (!facts.installed) list.push({ name: "install", state: facts.platform === "ios" ? "bad" : "unsure" });
  list.push({ name: "notifications", state: good(facts.canPush && facts.notifications === "granted") });
  list.push({ name: "push", state: good(facts.subscribed && mine?.push !== "dead") });
  // by their hours they are found without it, but not where they really are
  const located = facts.position === "granted" ? "good" : facts.places ? "unsure" : "bad";
  list.push({ name: "position", state: located });
  list.push({ name: "sound", state: facts.soundWorks ? "good" : "unsure" });
  if (facts.battery_pct !== undefined)
    list.push({ name: "battery", state: facts.battery_pct >= 20 ? "good" : "unsure" });
  const tested = mine?.last_test?.received_at != null;
  const missed = mine?.failing === "test_missed";
  list.push({ name: "test", state: missed ? "bad" : tested ? "good" : "unsure" });
  return list;
}

interface Battery {
  level: number;
}

/** What the browser says without asking the person. */
export async function look(): Promise<
  Omit<Facts, "position" | "watching" | "places" | "soundWorks" | "heardAt">
> {
  const battery = (navigator as Navigator & { getBattery?: () => Promise<Battery> }).getBattery;
  const level = await battery?.call(navigator).catch(() => null);
  return {
    platform: platform(),
    installed: isInstalled(),
    canPush: canPush(),
    notifications: "Notification" in globalThis ? Notification.permission : "denied",
    subscribed: await isSubscribed().catch(() => false),
    ...(level && { battery_pct: Math.round(level.level * 100) }),
  };
}
