// The shapes that the page knows: frames as they are in the protocol, and what HTTP answers.
import type { Alert, Fix } from "../generated/phone.js";

export type { Address, Aed, Alert, Fix, Place } from "../generated/phone.js";

/** Why something about an alert is said; the words of a push's `type`. */
export type Why = "state" | "alert" | "update" | "danger" | "stand_down";
export const WHYS: readonly Why[] = ["state", "alert", "update", "danger", "stand_down"];

/** One alert as it is now, and why it is said. */
export interface News {
  why: Why;
  alert: Alert;
}

/** What is announced once on a phone: by push, by channel or by asking, whichever comes first. */
export interface Told {
  alert_id: string;
  why: Why;
  version: number;
}

/** What a person says about an alert: the last part of the call's address. */
export const VERBS = [
  "received",
  "seen",
  "accept",
  "decline",
  "depart",
  "arrive",
  "with-patient",
  "finish",
  "unsafe",
  "safe",
] as const;
export type Verb = (typeof VERBS)[number];

/** Something said, which is sent until the server has answered. */
export interface Saying {
  alert_id: string;
  verb: Verb;
  /** By the phone's clock, milliseconds. */
  at_ms: number;
  version: number;
  fix?: Fix;
  reason?: string;
  /** The second yes: coming although the scene is unsafe. */
  override?: "scene_unsafe";
}

/** Why somebody is finished; the last two leave the patient without them. */
export const FINISH_REASONS = ["ems_took_over", "not_needed", "no_access", "had_to_leave"] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** Hours that come again every week. */
export interface WeeklyHours {
  days: string[];
  from: string;
  to: string;
}

/** Where somebody usually is; the point is the middle of an area once it was kept. */
export interface UsualPlace {
  /** `home`, `work` or `other`. */
  label: string;
  lat: number;
  lon: number;
  hours: WeeklyHours[];
}

export interface Device {
  device_id: string;
  platform: string;
  push: "ok" | "dead" | "none";
  last_received_at?: string | null;
  last_test?: { id: string; sent_at: string; received_at?: string | null } | null;
  /** Why it can no longer be counted on; a word of a newer server is one more reason. */
  failing?: string | null;
}

/** A phone of this person can no longer be counted on. */
export interface Attention {
  device_id: string;
  /** `push_dead`, `test_missed` or `not_heard_from`. */
  why: string;
}

/** Who is signed in, as the server knows them. */
export interface Me {
  id: string;
  org: string;
  name: string;
  skills: string[];
  travel: "foot" | "bike" | "car";
  exercises: boolean;
  /** `pending`, `verified` or `suspended`. */
  state: string;
  on_duty: boolean;
  duty_until?: string | null;
  device_id: string | null;
  quiet?: { zone: string; hours: WeeklyHours[] } | null;
  places?: { zone: string; places: UsualPlace[] } | null;
  control_room_phone?: string | null;
  devices: Device[];
}

export interface Enrolled {
  responder_id: string;
  org: string;
  device_id: string;
  expires_at: string;
}

/** What this phone can do, as far as a page can know. */
export interface Readiness {
  alarm: "loud" | "quiet" | "unknown";
  position: "live" | "place" | "none";
  notifications: "granted" | "denied" | "default";
  subscribed: boolean;
  battery_pct?: number;
  app?: string;
}

export interface TestAlert {
  id: string;
  sent_at: string;
  expires_at: string;
  devices: string[];
}

/** What a responder tells afterwards. */
export interface Report {
  cpr?: boolean;
  aed_used?: boolean;
  patient?: "handed_over" | "not_needed" | "not_found";
  text?: string;
  welfare: "fine" | "shaken" | "unsaid";
  call_me: boolean;
}
