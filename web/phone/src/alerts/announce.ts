// Says what has to be heard: sounds, vibrates, and shows a notification when no page is in front.

import { isDanger } from "../../../shared/sentences/phone/facts.ts";
import type { Told, Why } from "../api/types.ts";
import { ring, type Sound } from "../device/sound.ts";
import { mayAnnounce } from "../keep/db.ts";
import { settings } from "../state/settings.ts";
import { get } from "../state/store.ts";
import { noticeOf } from "../sw/notices.ts";
import { type Held, isAsk, isOpen } from "./known.ts";

/** The sound of an announcement. */
export function soundOf(why: Why, exercise: boolean, engaged: boolean): Sound | null {
  if (why === "state") return null;
  // whoever never said yes need not be called back
  if (why === "stand_down" && !engaged) return "update";
  return why === "alert" && exercise ? "exercise" : why;
}

/** Announces each that nobody on this phone has announced yet. */
export async function announce(told: Told[]): Promise<void> {
  for (const one of told) {
    if (!(await mayAnnounce(one))) continue;
    const held = get().known.get(one.alert_id);
    // answered, over or safe again while the storage was asked
    if (!held || !isSo(one.why, held)) continue;
    const sound = soundOf(one.why, held.alert.exercise, held.engaged);
    if (sound) ring(sound);
    if (document.visibilityState === "hidden") await show(one, held);
  }
}

/** What was told is still true. */
function isSo(why: Why, { alert }: Held): boolean {
  if (why === "alert") return isAsk(alert);
  if (why === "danger") return isOpen(alert) && isDanger(alert);
  return why !== "stand_down" || !isOpen(alert);
}

/** The page is open but not seen: the same notification as a push's. */
async function show({ alert_id, why, version }: Told, { alert, notice }: Held): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  if (!registration || Notification.permission !== "granted") return;
  const type = notice === "all_clear" ? "all_clear" : why;
  const push = {
    type,
    alert_id,
    version: String(version),
    role: alert.role,
    exercise: String(alert.exercise),
  };
  const { title, options } = noticeOf(push, settings().language, false);
  await registration.showNotification(title, options).catch(() => undefined);
}

/** Takes the notifications of an alert away that a person has answered. */
export async function unshow(alert: string): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const one of (await registration?.getNotifications({ tag: alert })) ?? []) one.close();
}
