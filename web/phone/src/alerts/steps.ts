// The big next step on the way: one button at a time, and right also before the server has heard. Pure.
import type { Saying, Verb } from "../api/types.ts";
import type { Held } from "./known.ts";

/** How far somebody is, by what they said. */
export const STAGES = ["accepted", "en_route", "on_scene", "with_patient", "finished"] as const;
export type Stage = (typeof STAGES)[number];

const REACHED: Partial<Record<Verb, Stage>> = { depart: "en_route", arrive: "on_scene", finish: "finished" };

/** How far the person is, what was said but not heard yet included. */
export function stageOf(held: Held, unsent: readonly Saying[]): Stage {
  const said = unsent
    .filter(({ alert_id }) => alert_id === held.alert.id)
    .map(({ verb }) => REACHED[verb])
    .filter((stage) => stage !== undefined);
  const state = STAGES.find((stage) => stage === held.alert.state) ?? "accepted";
  const local: Stage[] = held.withPatient ? ["with_patient"] : [];
  const all = [state, ...said, ...local].map((stage) => STAGES.indexOf(stage));
  return STAGES[Math.max(...all)] ?? "accepted";
}

/** What comes after it: a word for the server, or one that only this phone knows. */
export function nextStep(stage: Stage): Verb | "with_patient" | null {
  const next = {
    accepted: "depart",
    en_route: "arrive",
    on_scene: "with_patient",
    with_patient: "finish",
  } as const;
  return stage === "finished" ? null : next[stage];
}
