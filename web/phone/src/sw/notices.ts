// What a push is on the screen, in the person's language. No place, no name: a lock screen is public.
import { type NoticeKind, noticeExercise, noticeWords } from "../../../shared/sentences/phone/words.ts";
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

/** What is of phones and not of an incident. */
const WORDS = {
  en: {
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

const INCIDENT = ["alert", "update", "danger", "all_clear", "stand_down", "again"] as const;
const KNOWN = [...INCIDENT, "test", "attention"] as const;
type Known = (typeof KNOWN)[number];

/** The why of a push; null for a type of a newer server, which the page then asks about. */
export const whyOf = (push: Push): Known | null => KNOWN.find((one) => one === push.type) ?? null;

/** It is of an incident, and not of phones. */
const ofIncident = (why: Known | null): why is NoticeKind => INCIDENT.some((one) => one === why);
/** Why a push of an incident was sent; the words of this phone's own are no types of a push. */
const TOLD: Why[] = ["alert", "update", "danger", "stand_down"];

/** By what a repeat of it is known; what is of no incident is said once by its name alone. */
export function toldOf(push: Push): Told {
  return {
    alert_id: push.alert_id,
    why: TOLD.find((one) => one === push.type) ?? "update",
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
  const kind: Known = whyOf(push) ?? "update";
  const exercise = push.exercise === "true";
  const { title, body } = textOf(kind, push, language, device);
  const stays = kind === "alert" || kind === "danger" || kind === "stand_down";
  const sound = silent ? { silent: true } : { renotify: true, vibrate: rhythm(kind, exercise) };
  return {
    title: exercise ? `${noticeExercise()[language]} · ${title}` : title,
    options: {
      body,
      tag: push.alert_id,
      icon: exercise ? "/phone/icons/exercise-192.png" : "/phone/icons/icon-192.png",
      badge: "/phone/icons/badge-96.png",
      requireInteraction: stays,
      data: push,
      ...sound,
    },
  };
}

function textOf(kind: Known, push: Push, language: "en" | "de", device: string | undefined) {
  const words = WORDS[language];
  if (ofIncident(kind)) {
    const { title, body } = noticeWords(kind);
    const role = push.role && push.role in words ? words[push.role as "cpr"] : "";
    return {
      title: title[language],
      body: kind === "alert" && role ? `${role}. ${body[language]}` : body[language],
    };
  }
  const own = kind === "attention" && device !== undefined && push.device_id === device;
  return { title: words[kind], body: own ? words.attention_own : words[`${kind}_body`] };
}

/** Nobody takes an exercise for an alarm, nor word of a phone for either. */
function rhythm(kind: Known, exercise: boolean): number[] {
  if (kind === "attention") return [200];
  return exercise ? [150, 400, 150] : [600, 150, 600, 150, 600];
}
