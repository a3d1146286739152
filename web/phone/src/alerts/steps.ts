// The big next step on the way: one button at a time, and right also before the server has heard. Pure.
import type { Saying, Verb } from "../api/types.ts";
import type { Held } from "./known.ts";

/** How far somebody is, by what they said. */
export const STAGES = ["accepted", "en_route", "on_scene", "with_patient", "finished"] as const;
export type Stage = (typeof STAGES)[number];

const REACHED: Partial<Record<Verb, Stage>> = {
  depart: "en_route",
  arrive: "on_scene",
  "with-patient": "with_patient",
  finish: "finished",
};

/** How far the person is, what was said but not heard yet included. */
export function stageOf({ alert }: Held, unsent: readonly Saying[]): Stage {
  const said = unsent
    .filter(({ alert_id }) => alert_id === alert.id)
    .map(({ verb }) => REACHED[verb])
    .filter((stage) => stage !== undefined);
  const state = STAGES.find((stage) => stage === alert.state) ?? "accepted";
  const heard: Stage = alert.with_patient_at_ms && state === "on_scene" ? "with_patient" : state;
  const all = [heard, ...said].map((stage) => STAGES.indexOf(stage));
  return STAGES[Math.max(...all)] ?? "accepted";
}

/** What is said next. */
export function nextStep(stage: Stage): Verb | null {
  const next = {
    accepted: "depart",
    en_route: "arrive",
    on_scene: "with-patient",
    with_patient: "finish",
  } as const;
  return stage === "finished" ? null : next[stage];
}
