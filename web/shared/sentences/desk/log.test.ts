// The timeline has words for everything that the server can write.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LOG, logSentence } from "./log.ts";

/** The types of events, from the server's source: their names are what the API says. */
function eventTypes(): string[] {
  const source = readFileSync(new URL("../../../../src/core/src/domain/event.rs", import.meta.url), "utf8");
  const body = /pub enum Event \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? "";
  const names = [...body.matchAll(/^ {4}([A-Z]\w+)/gm)].map(([, name]) => name ?? "");
  return names.map((name) => name.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
}

test("every type of event has words", () => {
  const types = eventTypes();
  expect(types).toContain("wave_launched");
  expect(types.length).toBeGreaterThan(35);
  expect(types.filter((type) => logSentence(type, {}, "Anna") === null)).toEqual([]);
});

test("words name what the event says", () => {
  const en = (type: string, detail: Record<string, unknown> = {}, who = "Anna") =>
    logSentence(type, detail, who)?.en.replaceAll("\u00a0", " ");
  expect([
    en("stood_down", { why: "doubt_ended" }),
    en("wave_launched", { wave: 2, radius_m: 1200, considered: 7 }),
    en("wave_empty", { wave: 1 }),
    en("exhausted", { why: "max_asked" }),
    en("exhausted"),
    en("released", { override_by: "carla" }),
    en("still_held", { reasons: ["ems_due", "call_too_old"] }),
    en("corrected", { from: "on_scene", to: "en_route" }),
    en("finished", { why: "no_access" }),
    en("finished"),
    en("moved", { address_doubtful: true }),
    en("kind_changed", { kind: "stroke" }),
    en("patient_changed", { age_y: null }),
    en("confirmed", { shown: 3 }),
    en("confirmed", { shown: 3 }, ""),
    en("acknowledged", { alarm: "left" }),
    logSentence("moon_landed", {}, "Anna"),
  ]).toEqual([
    "Anna is not needed: whom they stood in for was heard from",
    "Wave 2: 7 in reach within 1.2 km",
    "Wave 1 found nobody to ask: the next begins",
    "Nobody is left to ask: the plan's most were asked",
    "Nobody is left to ask: nobody more in reach",
    "Released although the scene is unsafe, by carla",
    "Waits still: the ambulance should be there, the call is old",
    "Corrected: Anna is “on the way” and not “there”",
    "Anna is done: could not get in",
    "Anna is done",
    "Moved to another place; the address is that of the old one",
    "What happened: Stroke",
    "Patient’s age is not known",
    "Phone of Anna shows the last change",
    "Phone of Somebody shows the last change",
    "Alarm acknowledged: somebody left",
    null,
  ]);
});

test("no row is for an event that never comes", () => {
  const forms = [
    "released_override",
    "finished_because",
    "moved_doubtful",
    "stood_down_merged",
    "patient_unknown",
    "ems_eta_unknown",
    "push_put_off",
  ];
  const known = [...eventTypes(), ...forms];
  // what the server does not write yet
  const coming = [
    ...[
      "still_held",
      "wave_empty",
      "corrected",
      "at_address",
      "left_address",
      "danger_ended",
      "address_removed",
    ],
    ...["address_confirmed", "kind_changed", "patient_changed", "place_kind_changed"],
  ];
  expect(Object.keys(LOG).filter((id) => !known.includes(id) && !coming.includes(id))).toEqual([]);
});
