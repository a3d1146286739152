// The facts that the desk's sentences are chosen from, by their names in the API (decision 0006).

/** One ask to one person. */
export interface AlertFacts {
  id: string;
  responder_id: string;
  state: string;
  /** No provider takes the push of the ask: it waits until one does. */
  push_waiting: boolean;
  role: string;
  skills: readonly string[];
  /** From the last live position since the yes and the place as it is; as asked while there is none. */
  distance_m: number;
  eta_s: number;
  /** At the time of asking. */
  fix_age_s: number;
  /** Where the position at the time of asking came from: `live` or `place`. */
  position: string;
  /** Of that position; null while none came since the yes. */
  position_at?: string | null;
  /** By their word, or as their position shows. */
  left: boolean;
  /** `at_address`: at the place as far as their position shows, and not by their word. */
  presence?: string | null;
  with_patient_at?: string | null;
  /** Asked "still going?", and silent since `heard_at`. */
  doubtful: boolean;
  heard_at?: string | null;
  in_danger: boolean;
  danger_at?: string | null;
  /** The round of the incident that they were last on it in. */
  round: number;
  finished_at?: string | null;
  finish_reason?: string | null;
  stood_down_because?: string | null;
  /** The version of the last update, danger or stand-down that their phones were woken for. */
  told_version?: number | null;
  /** The last version that a phone of theirs said it shows. */
  confirmed_version?: number | null;
}

/** An incident with everybody asked. */
export interface IncidentFacts {
  state: string;
  exercise: boolean;
  scene: string;
  danger: boolean;
  opened_at: string;
  /** When asking began in this round; null while held. */
  alerting_since?: string | null;
  round: number;
  reopened_at?: string | null;
  called_at?: string | null;
  ems_eta_at?: string | null;
  outcome?: string | null;
  wanted: number;
  /** What comes by itself. */
  next?: { wave: number; radius_m: number; at: string } | null;
  /** Asked, and the answer may still come. */
  ringing: number;
  exhausted_reason?: string | null;
  held_reasons: readonly string[];
  /** A coordinator lets people be asked although the scene is unsafe. */
  override?: { by: string; at: string } | null;
  duplicate_of?: string | null;
  address?: { doubtful?: boolean } | null;
  alerts: readonly AlertFacts[];
}

/** What is wrong with an incident so that it must be heard. */
export type AlarmKind = "danger" | "unsafe" | "nobody_coming" | "exhausted" | "left" | "unreachable";
