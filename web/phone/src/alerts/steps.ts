// The big next step on the way: one button at a time. Pure.
import type { Stage } from "../../../shared/sentences/phone/facts.ts";
import type { Verb } from "../api/types.ts";

export { STAGES, type Stage } from "../../../shared/sentences/phone/facts.ts";

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
