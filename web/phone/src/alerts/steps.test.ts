// The one big button, and what waits to be said.
import { expect, test } from "vitest";
import { stageOf as stageOfFacts } from "../../../shared/sentences/phone/facts.ts";
import type { Saying, Verb } from "../api/types.ts";
import { factsOf } from "./facts.ts";
import { type Held, NOTHING, step } from "./known.ts";
import { accepted } from "./samples.ts";
import { nextStep } from "./steps.ts";
import { added, answered, TOO_OLD_MS, UNSENT_MAX, worthSending } from "./unsent.ts";

const saying = (verb: Verb, part: Partial<Saying> = {}): Saying => ({
  alert_id: "a1",
  verb,
  at_ms: 1_000,
  version: 1,
  ...part,
});

const stageOf = (one: Held, unsent: Saying[]) => stageOfFacts(factsOf(one, unsent, 0, null));

function held(state: string, with_patient_at_ms = 0) {
  const { known } = step(NOTHING, {
    type: "news",
    news: { why: "state", alert: accepted({ state, with_patient_at_ms }) },
    mono: 0,
  });
  const one = known.get("a1");
  if (!one) throw new Error("not held");
  return one;
}

test("one step follows the other, from the yes to the end", () => {
  expect(stageOf(held("accepted"), [])).toBe("accepted");
  expect(nextStep("accepted")).toBe("depart");
  expect(nextStep(stageOf(held("en_route"), []))).toBe("arrive");
  expect(nextStep(stageOf(held("on_scene"), []))).toBe("with-patient");
  expect(nextStep(stageOf(held("on_scene", 1_790_000_000_000), []))).toBe("finish");
  const there = held("on_scene", 1_790_000_000_000);
  expect(stageOf({ ...there, alert: { ...there.alert, state: "finished" } }, [])).toBe("finished");
  expect(nextStep("finished")).toBe(null);
});

test("what was said in a cellar counts before the server heard it", () => {
  const unsent = [saying("depart"), saying("arrive")];
  expect(stageOf(held("accepted"), unsent)).toBe("on_scene");
  expect(stageOf(held("accepted"), [...unsent, saying("with-patient")])).toBe("with_patient");
  expect(stageOf(held("accepted"), [saying("arrive", { alert_id: "other" })])).toBe("accepted");
});

test("the same word waits once, a no replaces what it takes back, danger goes first", () => {
  let unsent = added([], saying("accept"));
  unsent = added(unsent, saying("depart"));
  unsent = added(unsent, saying("depart", { at_ms: 2_000 }));
  expect(unsent.map(({ verb }) => verb)).toEqual(["accept", "depart"]);
  unsent = added(unsent, saying("with-patient"));
  unsent = added(unsent, saying("unsafe"));
  expect(unsent.map(({ verb }) => verb)).toEqual(["unsafe", "accept", "depart", "with-patient"]);
  unsent = added(unsent, saying("decline"));
  expect(unsent.map(({ verb }) => verb)).toEqual(["unsafe", "decline"]);
});

test("each report of danger is sent, and whoever is in danger again is not said to be safe", () => {
  let unsent = added([], saying("unsafe"));
  unsent = added(unsent, saying("unsafe", { at_ms: 2_000 }));
  expect(unsent.map(({ at_ms }) => at_ms)).toEqual([1_000, 2_000]);
  unsent = added(added(unsent, saying("depart")), saying("safe"));
  expect(unsent.map(({ verb }) => verb)).toEqual(["unsafe", "unsafe", "depart", "safe"]);
  unsent = added(unsent, saying("unsafe", { at_ms: 3_000 }));
  expect(unsent.map(({ verb }) => verb)).toEqual(["unsafe", "unsafe", "unsafe", "depart"]);
});

test("the queue is bounded, and receipts are the first to go", () => {
  let unsent: Saying[] = [saying("unsafe")];
  for (let n = 0; n < 100; n++) unsent = added(unsent, saying("received", { alert_id: `a${n}` }));
  expect(unsent.length).toBe(UNSENT_MAX);
  expect(unsent[0]?.verb).toBe("unsafe");
});

test("an answered word is gone, and one said again meanwhile stays", () => {
  const first = saying("depart");
  const again = saying("depart", { at_ms: 2_000 });
  expect(answered([first, saying("arrive")], { ...first })).toEqual([saying("arrive")]);
  expect(answered([again], first)).toEqual([again]);
});

test("words of another day are not sent; a clock that was set back loses none", () => {
  const old = saying("arrive");
  expect(worthSending([old], old.at_ms + TOO_OLD_MS)).toEqual([]);
  expect(worthSending([old], old.at_ms - 3_600_000)).toEqual([old]);
});
