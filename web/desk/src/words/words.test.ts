// What is said of an incident, and that both languages can say everything.
import { beforeEach, describe, expect, test } from "vitest";
import { KINDS } from "../../../shared/kinds.ts";
import de from "../messages/de.json";
import en from "../messages/en.json";
import { alert, incident, NOBODY, START } from "../state/samples.ts";
import { atPatient } from "./at-patient.ts";
import { firstWords } from "./first-words.ts";
import { preferred, speak, t, word } from "./i18n.ts";
import { age, distance, elapsed, inMinutes } from "./time.ts";

beforeEach(() => speak("en"));
const at = (seconds: number) => START + seconds * 1000;
const summary = { ...NOBODY, coming: 2, first_eta_s: 170, first_skill: "nurse" };

test("with the patient: since when while there, at what time afterwards, in both languages", () => {
  // in the zone of whoever runs this
  const since = new Date(2026, 10, 24, 7, 5, 59).toISOString();
  const there = alert({ state: "on_scene", with_patient_at: since });
  const done = alert({ state: "finished", with_patient_at: since });
  expect(atPatient(alert({ state: "on_scene" }))).toBe(null);
  expect(atPatient(there)).toBe("with the patient since 07:05");
  expect(atPatient(done)).toBe("reached the patient at 07:05");
  speak("de");
  expect(atPatient(there)).toBe("beim Patienten seit 07:05");
  expect(atPatient(done)).toBe("um 07:05 beim Patienten");
});

describe("first words", () => {
  test("who is coming, first in how many minutes, with what skill", () => {
    expect(firstWords(incident({ summary }), at(0))).toBe("2 coming, first in 3 min (nurse)");
    expect(firstWords(incident({ summary }), at(60))).toBe("2 coming, first in 2 min (nurse)");
    expect(firstWords(incident({ summary }), at(300))).toBe("2 coming, first at any moment (nurse)");
    const alone = { ...summary, coming: 1, first_eta_s: null, first_skill: null };
    expect(firstWords(incident({ summary: alone }), at(0))).toBe("One is coming");
  });

  test("who is there comes before who is coming", () => {
    const there = incident({
      summary: { ...summary, on_scene: 1 },
      alerts: [alert({ state: "on_scene", skills: ["bls", "paramedic"] })],
    });
    expect(firstWords(there, at(0))).toBe("One is there (paramedic), 2 more coming");
  });

  test("nobody is said in as many words, with the seconds", () => {
    expect(firstWords(incident(), at(74))).toBe("Nobody is coming yet · 74 s");
    expect(firstWords(incident({ state: "exhausted" }), at(1))).toContain("Nobody is coming");
  });

  test("danger, an unsafe scene and a held incident say so first", () => {
    const danger = incident({ summary, alerts: [alert({ state: "en_route", in_danger: true })] });
    expect(firstWords(danger, at(0))).toMatch(/^A responder is in danger\. 2 coming/);
    expect(firstWords(incident({ scene: "unsafe", state: "held" }), at(0))).toMatch(/^Scene unsafe/);
    const held = incident({ state: "held", held_reasons: ["call_too_old"] });
    expect(firstWords(held, at(0))).toBe("Waits for you: the call is old");
  });
});

test("times and distances", () => {
  expect([elapsed(42), elapsed(725), elapsed(3725)]).toEqual(["0:42", "12:05", "1:02:05"]);
  expect([inMinutes(-1), inMinutes(60), inMinutes(61)]).toEqual([
    "at any moment",
    "within a minute",
    "in 2 min",
  ]);
  expect([age(119), age(120), age(7200)]).toEqual(["119 s", "2 min", "2 h"]);
  const told = [4, 143, 996, 2449].map((metres) => distance(metres).replace("\u00a0", " "));
  expect(told).toEqual(["4 m", "140 m", "1 km", "2.4 km"]);
});

describe("languages", () => {
  test("both files say the same things with the same values", () => {
    expect(Object.keys(de)).toEqual(Object.keys(en));
    const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      // one may be written as a word
      if (key.endsWith(".one")) continue;
      expect([key, values(de[key])]).toEqual([key, values(en[key])]);
    }
  });

  test("every counted message has both numbers", () => {
    const keys = Object.keys(en);
    const one = keys.filter((key) => key.endsWith(".one")).map((key) => key.slice(0, -4));
    const other = keys.filter((key) => key.endsWith(".other")).map((key) => key.slice(0, -6));
    expect(one).toEqual(other);
  });

  test("the browser's wish is followed as far as there is a file", () => {
    expect([preferred(["fr", "de-AT", "en"]), preferred(["fr"]), preferred([])]).toEqual(["de", "en", "en"]);
  });

  test("an unknown word of the server is shown as it is", () => {
    speak("de");
    expect(word("kind", "cat_in_tree")).toBe("cat in tree");
    expect(t("list.open", { n: 1 })).toBe("Ein offener Einsatz");
    expect(t("list.open", { n: 3 })).toBe("3 offene Einsätze");
  });
});

test("every kind that the server knows has a word in both languages", () => {
  for (const language of ["en", "de"] as const) {
    speak(language);
    for (const kind of KINDS)
      expect([kind, word("kind", kind)]).not.toEqual([kind, kind.replaceAll("_", " ")]);
  }
  expect(KINDS).toContain("other");
});
