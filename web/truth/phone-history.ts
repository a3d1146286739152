// A history that leads to what a phone knows of an alert, and what of it only that phone knows.
import { ago, NOW } from "../shared/sentences/desk/samples.ts";
import type { PhoneFacts } from "../shared/sentences/phone/facts.ts";
import type { Case } from "./check.ts";
import { fixAt, type Happened, logOf, PLACE } from "./history.ts";

const ID = "a0";
const ASKED = ["queued", "sent", "received", "seen", "lapsed", "unreachable"];
const ENGAGED = ["accepted", "en_route", "on_scene"];
const OUTCOMES = ["ems_on_scene", "stood_down", "completed", "false_alarm", "duplicate", "expired"];
const STEPS: Record<string, string[]> = {
  sent: ["sent"],
  received: ["sent", "received"],
  seen: ["sent", "received", "seen"],
  accepted: ["accepted"],
  en_route: ["accepted", "departed"],
  on_scene: ["accepted", "departed", "arrived"],
  finished: ["accepted", "finished"],
  withdrawn: ["accepted", "withdrawn"],
};

/** Whether a server can say all of this at once. */
function canBe(facts: PhoneFacts): boolean {
  const { state, danger, override, in_danger, all_clear, doubtful, engaged } = facts;
  const [asked, going] = [ASKED.includes(state), ENGAGED.includes(state)];
  const either = state === "stood_down" || state === "expired";
  return (
    // an override is of an unsafe scene, and nobody is told to stay away from it
    !(override && (danger || in_danger || all_clear)) &&
    !(all_clear && (danger || in_danger)) &&
    !(in_danger && (!danger || !(going || engaged))) &&
    (either || engaged === (going || state === "finished" || state === "withdrawn")) &&
    !(facts.still_going_asked && !going) &&
    !(doubtful && !(facts.address && facts.moved)) &&
    facts.position !== "" &&
    !(facts.position_at && going && facts.position === "place") &&
    !(facts.with_patient && (state === "accepted" || state === "en_route")) &&
    !(state === "lapsed" && facts.answer_in_s > 0) &&
    !(facts.outcome !== "" && facts.ended_because !== "incident_closed") &&
    !(facts.ended_because !== "" && state !== "stood_down") &&
    !(asked && facts.unsent.length > 0)
  );
}

/** The history, and what else happened in it; null when no server says these facts. */
export function historyOf(facts: PhoneFacts, more: Happened[] = []): Omit<Case, "said" | "step"> | null {
  if (!canBe(facts)) return null;
  const { state, engaged } = facts;
  const asked_m = facts.position_at && engaged ? 500 : facts.distance_m;
  const happened: Happened[] = [...more];
  const add = (ago_s: number, type: string, detail = {}) => happened.push({ ago_s, type, detail });
  const mine = (ago_s: number, type: string, detail = {}) =>
    happened.push({ ago_s, type, alert_id: ID, detail });
  const plan = { waves: [{ after_s: 0, radius_m: 600 }], max_asked: 9, wanted: 1, max_call_age_s: 900 };
  const opening = { plan: { ...plan, scene: ["safe"] }, exercise: facts.exercise };
  add(900, "raised", { opening: { ...opening, scene: facts.override ? "unsafe" : "safe" } });
  if (facts.override) add(899, "released", { override_by: "carla" });
  const alert = { id: ID, responder_id: "r0", role: "cpr", skills: ["bls"], fix_age_s: 5 };
  const asked = { ...alert, position: facts.position, distance_m: asked_m };
  const named = { ...asked, answer_by: ago(-facts.answer_in_s) };
  const yes = { state: "accepted", accepted_at: ago(750), doubtful: false, in_danger: false };
  const steps = STEPS[state] ?? (engaged ? ["accepted"] : []);
  if (facts.merged) mine(700, "taken_over", { from: "i9", alert: { ...named, ...yes } });
  else mine(800, "alerted", { alert: named });
  for (const [n, step] of steps.entries()) if (!facts.merged || n > 0) mine(700 - n, step);
  if (facts.moved || facts.ended_because === "place_moved")
    add(600, "moved", { distances: [], address_doubtful: facts.doubtful });
  if (facts.with_patient) mine(500, "reached_patient");
  if (facts.danger && !facts.in_danger) add(400, "scene_changed", { scene: "unsafe" });
  if (facts.in_danger) mine(400, "danger_reported");
  if (facts.all_clear) {
    add(400, "scene_changed", { scene: "unsafe" });
    add(350, "scene_changed", { scene: "safe" });
  }
  if (facts.still_going_asked) mine(300, "still_going_asked");
  if (facts.ended_because === "incident_closed") {
    const outcome = OUTCOMES.includes(facts.outcome) ? facts.outcome : "of_a_newer_server";
    add(101, "closed", { outcome });
  }
  // a phone that is only told that it is over knows no reason, and none is told to it
  if (state === "stood_down") mine(100, state, { why: facts.ended_because || "by_desk" });
  if (["declined", "expired", "lapsed", "unreachable"].includes(state)) mine(100, state);
  return {
    now: new Date(NOW).toISOString(),
    place: PLACE,
    log: logOf(happened),
    fixes: { r0: facts.position_at && engaged ? [fixAt(30, facts.distance_m)] : [] },
    address: facts.address ? { line: "1 Main Street" } : null,
    slack_s: 0,
    phone: {
      alert_id: ID,
      unsent: facts.unsent,
      own: facts.own_m === null ? null : fixAt(0, facts.own_m),
      elsewhere: false,
    },
  };
}
