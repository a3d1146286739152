// What a phone knows of one alert: the alert as the server told it, by the names of the API, and the phone's own.

/** What has to be read before anything else. `over`: it ended without anybody's word. */
export type Notice = "update" | "all_clear" | "over" | "stand_down" | "danger";

export interface PhoneFacts {
  state: string;
  exercise: boolean;
  /** The scene is dangerous, by the desk's word or by a responder's. */
  danger: boolean;
  /** People are asked all the same, by a coordinator's word. */
  override: boolean;
  still_going_asked: boolean;
  /** This responder's own report is open. */
  in_danger: boolean;
  /** `all_clear_at` is known: the danger that they were told of is over. */
  all_clear: boolean;
  /** The place was moved since the yes. */
  moved: boolean;
  /** They were on another report of the same emergency, which this one stands for. */
  merged: boolean;
  /** There is an address. */
  address: boolean;
  /** It belongs to an earlier place. */
  doubtful: boolean;
  ended_because: string;
  outcome: string;
  /** From where `distance_m` and `eta_s` count: `live`, `place`, or empty. */
  position: string;
  /** `position_at` is known: there was a position since the yes. */
  position_at: boolean;
  distance_m: number;
  eta_s: number;
  with_patient: boolean;

  /** They said yes at some time, as far as this phone knows. */
  engaged: boolean;
  notice: Notice | null;
  /** Until somebody else is asked, by the phone's monotonic clock; 0 after that. */
  answer_in_s: number;
  /** How far this phone is from the place by its own position, metres; null: not known well enough. */
  own_m: number | null;
  /** What the person said and the server has not answered yet. */
  unsent: readonly string[];
}

const UNANSWERED = ["queued", "sent", "received", "seen", "lapsed", "unreachable"];
const ENGAGED = ["accepted", "en_route", "on_scene"];

export const isAsked = ({ state }: PhoneFacts) => UNANSWERED.includes(state);
export const isEngaged = ({ state }: PhoneFacts) => ENGAGED.includes(state);
export const isOpen = (facts: PhoneFacts) => isAsked(facts) || isEngaged(facts);
/** Nobody should go there; with an override people are sent all the same, and know it. */
export const isDanger = ({ danger, override }: Pick<PhoneFacts, "danger" | "override">) =>
  danger && !override;
/** An unsafe scene to which people are sent by a coordinator's word. */
export const isOverridden = ({ override }: Pick<PhoneFacts, "override">) => override;
/** Nothing is known to be wrong with the scene. */
export const isSafe = ({ danger, override }: Pick<PhoneFacts, "danger" | "override">) => !danger && !override;
/** The time in which nobody else was asked is over. */
export const isLate = ({ state, answer_in_s }: PhoneFacts) =>
  state === "lapsed" || state === "unreachable" || answer_in_s <= 0;

/** How far somebody is, by what they said. */
export const STAGES = ["accepted", "en_route", "on_scene", "with_patient", "finished"] as const;
export type Stage = (typeof STAGES)[number];

const REACHED: Readonly<Record<string, Stage>> = {
  depart: "en_route",
  arrive: "on_scene",
  "with-patient": "with_patient",
  finish: "finished",
};

/** How far the person is, what was said but not heard yet included. */
export function stageOf({ state, with_patient, unsent }: PhoneFacts): Stage {
  const told = STAGES.find((stage) => stage === state) ?? "accepted";
  const heard: Stage = with_patient && told === "on_scene" ? "with_patient" : told;
  const said = unsent.map((verb) => REACHED[verb]).filter((stage) => stage !== undefined);
  const all = [heard, ...said].map((stage) => STAGES.indexOf(stage));
  return STAGES[Math.max(...all)] ?? "accepted";
}

/** At most so far away, by a position that is as accurate, a phone asks whether its person is there, metres. */
export const NEAR_M = 50;

/** Near the place, and has not said that they are there. Only their word makes it so. */
export const isNear = (facts: PhoneFacts) =>
  isEngaged(facts) &&
  !isDanger(facts) &&
  facts.own_m !== null &&
  facts.own_m <= NEAR_M &&
  ["accepted", "en_route"].includes(stageOf(facts));
