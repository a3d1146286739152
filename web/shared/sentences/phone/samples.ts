// Every combination of what a phone can know of an alert, for the walks of the tests.
import { NEAR_M, type Notice, type PhoneFacts } from "./facts.ts";

export const FACTS: PhoneFacts = {
  state: "sent",
  exercise: false,
  danger: false,
  override: false,
  still_going_asked: false,
  in_danger: false,
  all_clear: false,
  moved: false,
  merged: false,
  address: true,
  doubtful: false,
  ended_because: "",
  outcome: "",
  position: "live",
  position_at: true,
  distance_m: 340,
  eta_s: 200,
  with_patient: false,
  engaged: false,
  notice: null,
  answer_in_s: 30,
  own_m: null,
  unsent: [],
};

const BOTH = [false, true];
export const ASKED = ["queued", "sent", "received", "seen", "lapsed", "unreachable"];
export const ENGAGED = ["accepted", "en_route", "on_scene"];
export const OVER = ["finished", "declined", "withdrawn", "stood_down", "expired"];
const NOTICES: (Notice | null)[] = [null, "update", "all_clear", "over", "stand_down", "danger"];
const BECAUSE = [
  "",
  "enough_accepted",
  "incident_closed",
  "place_moved",
  "called_elsewhere",
  "no_longer_eligible",
  "doubt_ended",
  "by_desk",
  "of_a_newer_server",
];
const OUTCOMES = [
  "",
  "ems_on_scene",
  "stood_down",
  "completed",
  "false_alarm",
  "duplicate",
  "expired",
  "of_a_newer_server",
];
const UNSENT = [
  [],
  ["depart"],
  ["arrive"],
  ["with-patient"],
  ["finish"],
  ["unsafe"],
  ["safe"],
  ["unsafe", "safe"],
];

/** Every combination of the values of some facts, over the given ones. */
function* every(choices: { [K in keyof PhoneFacts]?: readonly PhoneFacts[K][] }): Generator<PhoneFacts> {
  const names = Object.keys(choices) as (keyof PhoneFacts)[];
  function* from(n: number, facts: PhoneFacts): Generator<PhoneFacts> {
    const name = names[n];
    if (name === undefined) return yield facts;
    for (const value of choices[name] ?? []) yield* from(n + 1, { ...facts, [name]: value });
  }
  yield* from(0, FACTS);
}

/** All of it; the server never says some of them at once. */
export function* walk(): Generator<PhoneFacts> {
  const danger = { danger: BOTH, override: BOTH, all_clear: BOTH, in_danger: BOTH };
  yield* every({
    state: ASKED,
    ...danger,
    exercise: BOTH,
    notice: NOTICES,
    answer_in_s: [0, 30],
    position: ["live", "place", ""],
  });
  yield* every({
    state: ENGAGED,
    engaged: [true],
    ...danger,
    unsent: UNSENT,
    own_m: [null, 0, NEAR_M, NEAR_M + 1],
    with_patient: BOTH,
    still_going_asked: BOTH,
  });
  yield* every({
    state: ENGAGED,
    engaged: [true],
    ...danger,
    notice: NOTICES,
    exercise: BOTH,
    moved: BOTH,
    merged: BOTH,
    address: BOTH,
    doubtful: BOTH,
    position: ["live", "place", ""],
    position_at: BOTH,
    own_m: [null, 20],
  });
  yield* every({
    state: OVER,
    engaged: BOTH,
    danger: BOTH,
    in_danger: BOTH,
    exercise: BOTH,
    notice: NOTICES,
    ended_because: BECAUSE,
    outcome: OUTCOMES,
  });
}
