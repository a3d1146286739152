// Alerts for the tests.
import type { Alert } from "../api/types.ts";

/** An alert that was just sent; what a test is about is given. */
export const alert = (part: Partial<Alert> = {}): Alert => ({
  id: "a1",
  incident_id: "i1",
  version: 1,
  kind: "cardiac_arrest",
  patient_group: "adult",
  role: "cpr",
  state: "sent",
  exercise: false,
  danger: false,
  still_going_asked: false,
  sent_at_ms: 0,
  answer_by_ms: 45_000,
  expires_at_ms: 600_000,
  expires_in_s: 600,
  distance_m: 400,
  eta_s: 240,
  position: "live",
  message: "",
  with_patient_at_ms: 0,
  scene: "safe",
  override: false,
  answer_in_s: 45,
  in_danger: false,
  all_clear_at_ms: 0,
  replaces: [],
  ended_because: "",
  outcome: "",
  position_at_ms: 0,
  ...part,
});

export const PLACE = { lat: 36.8529, lon: -75.978, uncertainty_m: 15 };
export const ADDRESS = {
  line: "1 Main Street",
  place_name: "Harbour flats",
  grid: "",
  floor: "3",
  entry_code: "4711",
  notes: "blue door",
  doubtful: false,
};

/** The same while its responder is on the incident. */
export const accepted = (part: Partial<Alert> = {}): Alert =>
  alert({ version: 2, state: "accepted", location: PLACE, address: ADDRESS, ...part });
