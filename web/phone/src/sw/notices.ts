// What a push is on the screen, in the person's language. No place, no name: a lock screen is public.
import type { Told, Why } from "../api/types.ts";

/** The fields of a push: all texts. */
export interface Push {
  type: string;
  alert_id: string;
  incident_id?: string;
  version?: string;
  role?: string;
  exercise?: string;
  expires_in_s?: string;
  /** Of `attention`: which phone, and why. */
  device_id?: string;
  why?: string;
}

const WORDS = {
  en: {
    exercise: "EXERCISE",
    alert: "You are needed near you",
    alert_body: "Open to see how far, and to answer.",
    update: "News about your incident",
    update_body: "Open to read it.",
    danger: "DANGER: stay away",
    danger_body: "The scene is not safe. Open for what to do.",
    stand_down: "No longer needed",
    stand_down_body: "You can turn back. Thank you.",
    again: "Nothing new about your incident",
    again_body: "This phone has announced it before. Open to see how it stands.",
    test: "Test alert",
    test_body: "It reached this phone. Open to say whether you heard it.",
    attention: "One of your phones would not be heard",
    attention_body: "It can no longer be alerted. Open muster on that phone.",
    attention_own: "It is this one. Open to check it.",
    cpr: "Resuscitation",
    aed: "Fetch a defibrillator",
    clinician: "Clinician",
    guide: "Guide the ambulance",
  },
  de: {
    exercise: "ÜBUNG",
    alert: "Sie werden in der Nähe gebraucht",
    alert_body: "Öffnen: wie weit es ist, und antworten.",
    update: "Neues zu Ihrem Einsatz",
    update_body: "Öffnen, um es zu lesen.",
    danger: "GEFAHR: bleiben Sie fern",
    danger_body: "Die Einsatzstelle ist nicht sicher. Öffnen: was zu tun ist.",
    stand_down: "Nicht mehr gebraucht",
    stand_down_body: "Sie können umkehren. Danke.",
    again: "Nichts Neues zu Ihrem Einsatz",
    again_body: "Dieses Telefon hat es schon gemeldet. Öffnen: wie es steht.",
    test: "Probealarm",
    test_body: "Er hat dieses Telefon erreicht. Öffnen und sagen, ob Sie ihn gehört haben.",
    attention: "Eines Ihrer Telefone würde man nicht hören",
    attention_body: "Es lässt sich nicht mehr alarmieren. Öffnen Sie muster auf jenem Telefon.",
    attention_own: "Es ist dieses. Öffnen und prüfen.",
    cpr: "Wiederbelebung",
    aed: "Defibrillator holen",
    clinician: "Medizinische Fachkraft",
    guide: "Rettungsdienst einweisen",
  },
} as const;

export interface Notice {
  title: string;
  options: NotificationOptions & { renotify?: boolean; vibrate?: number[] };
}

const KNOWN = ["alert", "update", "danger", "stand_down", "again", "test", "attention"] as const;
type Known = (typeof KNOWN)[number];

/** The why of a push; null for a type of a newer server, which the page then asks about. */
export const whyOf = (push: Push): Known | null => KNOWN.find((one) => one === push.type) ?? null;

/** It is of an incident, and not of phones. */
const ofIncident = (why: Known | null): why is Exclude<Why, "state"> =>
  why !== null && why !== "test" && why !== "attention" && why !== "again";

/** By what a repeat of it is known; what is of no incident is said once by its name alone. */
export function toldOf(push: Push): Told {
  const why = whyOf(push);
  return {
    alert_id: push.alert_id,
    why: ofIncident(why) ? why : "update",
    version: versionOf(push),
  };
}

/** A push that cannot be read: something is new, and the page knows what. */
export const UNREADABLE: Push = { type: "update", alert_id: "unreadable" };

/** The push that somebody sent; null when it is none. */
export function pushOf(read: () => unknown): Push | null {
  try {
    const push = read() as Push | null | undefined;
    return typeof push?.alert_id === "string" && push.alert_id ? push : null;
  } catch {
    return null;
  }
}

/**
 * What stands on the lock screen after a push that is not announced aloud: the newer of it and of what
 * stands there (`last`). An older one that was put away comes back without its words, which may be true no more.
 */
export function stands(last: Push | undefined, push: Push, isNew: boolean): Push {
  const ahead = last ? versionOf(last) - versionOf(push) : -1;
  if (last && (isNew ? ahead > 0 : ahead >= 0)) return last;
  return isNew || !ofIncident(whyOf(push)) ? push : { ...push, type: "again" };
}

const versionOf = ({ version }: Push) => Number(version) || 0;

/**
 * What is shown. A newer word about an alert takes the place of the older one. `device` is this
 * phone's own name.
 */
export function noticeOf(push: Push, language: "en" | "de", silent: boolean, device?: string): Notice {
  const words = WORDS[language];
  const kind: Known = whyOf(push) ?? "update";
  const exercise = push.exercise === "true";
  const role = push.role && push.role in words ? words[push.role as "cpr"] : "";
  const own = kind === "attention" && device !== undefined && push.device_id === device;
  const body = own ? words.attention_own : words[`${kind}_body`];
  const stays = kind === "alert" || kind === "danger" || kind === "stand_down";
  const sound = silent ? { silent: true } : { renotify: true, vibrate: rhythm(kind, exercise) };
  return {
    title: exercise ? `${words.exercise} · ${words[kind]}` : words[kind],
    options: {
      body: kind === "alert" && role ? `${role}. ${body}` : body,
      tag: push.alert_id,
      icon: exercise ? "/phone/icons/exercise-192.png" : "/phone/icons/icon-192.png",
      badge: "/phone/icons/badge-96.png",
      requireInteraction: stays,
      data: push,
      ...sound,
    },
  };
}

/** Nobody takes an exercise for an alarm, nor word of a phone for either. */
function rhythm(kind: Known, exercise: boolean): number[] {
  if (kind === "attention") return [200];
  return exercise ? [150, 400, 150] : [600, 150, 600, 150, 600];
}
