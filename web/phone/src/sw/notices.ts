// What a push is on the screen, in the person's language. No place, no name: a lock screen is public.
import type { Why } from "../api/types.ts";

/** The fields of a push: all texts. */
export interface Push {
  type: string;
  alert_id: string;
  incident_id?: string;
  version?: string;
  role?: string;
  exercise?: string;
  expires_in_s?: string;
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
    test: "Test alert",
    test_body: "It reached this phone. Open to say whether you heard it.",
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
    test: "Probealarm",
    test_body: "Er hat dieses Telefon erreicht. Öffnen und sagen, ob Sie ihn gehört haben.",
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

const KNOWN = ["alert", "update", "danger", "stand_down", "test"] as const;
type Known = (typeof KNOWN)[number];

/** The why of a push; null for a type of a newer server, which the page then asks about. */
export const whyOf = (push: Push): Exclude<Why, "state"> | "test" | null =>
  KNOWN.find((one) => one === push.type) ?? null;

/** What is shown. A newer word about an alert takes the place of the older one. */
export function noticeOf(push: Push, language: "en" | "de", silent: boolean): Notice {
  const words = WORDS[language];
  const kind: Known = whyOf(push) ?? "update";
  const exercise = push.exercise === "true";
  const role = push.role && push.role in words ? words[push.role as "cpr"] : "";
  const body = words[`${kind}_body`];
  const stays = kind === "alert" || kind === "danger" || kind === "stand_down";
  const sound = silent
    ? { silent: true }
    : { renotify: true, vibrate: exercise ? [150, 400, 150] : [600, 150, 600, 150, 600] };
  return {
    title: exercise ? `${words.exercise} · ${words[kind]}` : words[kind],
    options: {
      body: kind === "alert" && role ? `${role}. ${body}` : body,
      tag: push.alert_id,
      icon: exercise ? "/phone/icons/exercise-192.png" : "/phone/icons/icon-192.png",
      badge: "/phone/icons/badge-96.png",
      requireInteraction: stays,
      data: { alert_id: push.alert_id, type: push.type },
      ...sound,
    },
  };
}
