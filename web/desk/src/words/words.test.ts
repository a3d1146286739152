// What is said of an incident, and that both languages can say everything.
import { beforeEach, describe, expect, test } from "vitest";
import { KINDS } from "../../../shared/kinds.ts";
import type { Alert, Incident } from "../api/types.ts";
import de from "../messages/de.json";
import en from "../messages/en.json";
import { alert, incident, START, time } from "../state/samples.ts";
import { placeName } from "../views/place-name.ts";
import { preferred, speak, t, word } from "./i18n.ts";
import { firstWords, nextWords, oldLabel, passedWords, personWords } from "./sentences.ts";
import { age, distance, elapsed } from "./time.ts";

beforeEach(() => speak("en"));
const at = (seconds: number) => START + seconds * 1000;

describe("sentences, as the person reads them", () => {
  const nurse = { state: "en_route", left: true, skills: ["bls", "nurse"], eta_s: 170, position_at: time(0) };
  const words = (part: Partial<Incident>, seconds = 0) =>
    firstWords(incident(part), at(seconds)).replaceAll("\u00a0", " ");

  test("who is on the way, first in how many minutes, with what skill", () => {
    const alerts = [alert(nurse), alert({ id: "a2", state: "accepted", position_at: time(0) })];
    expect(words({ alerts })).toBe("One is on the way, there in 3 min (nurse). One more said yes");
    // time alone brings nobody nearer, and an old position promises nothing
    expect(words({ alerts }, 60)).toBe("One is on the way, there in 3 min (nurse). One more said yes");
    expect(words({ alerts }, 61)).toBe("One is on the way, position 61 s old. One more said yes");
    speak("de");
    expect(words({ alerts })).toBe(
      "Eine Person ist unterwegs, in 3 min da (Pflegekraft). Eine weitere hat zugesagt",
    );
  });

  test("who is there comes before who is coming, and danger before both", () => {
    const there = alert({ id: "a2", state: "on_scene", skills: ["bls", "paramedic"], in_danger: true });
    expect(words({ alerts: [alert(nurse), there], danger: true })).toBe(
      "A responder is in danger. One is there (paramedic). One more on the way, there in 3 min",
    );
  });

  test("what comes next counts down, and nothing counts without it", () => {
    const next = { wave: 2, radius_m: 2000, at: time(43) };
    const line = (part: Partial<Incident>, seconds: number) =>
      nextWords(incident(part), at(seconds)).replaceAll("\u00a0", " ");
    expect(line({ next, ringing: 3 }, 0)).toBe("Next: 2 km in 0:43 · 3 are ringing");
    expect(line({ next, ringing: 3 }, 43)).toBe("Next: 2 km, due now · 3 are ringing");
    expect(line({ ringing: 2 }, 0)).toBe("No more to ask for now, 2 still ringing");
    const override = { by: "carla", at: new Date(2026, 10, 24, 7, 5, 59).toISOString() };
    expect(line({ scene: "unsafe", danger: true, override, next }, 0)).toBe(
      "Unsafe scene overridden by carla at 07:05 · Next: 2 km in 0:43",
    );
  });

  test("after the end the words are facts, and neither green nor red promises", () => {
    const done = ["a", "b"].map((id) => alert({ id, state: "finished", finish_reason: "ems_took_over" }));
    const one = { state: "covered", alerts: done };
    expect(words(one)).toBe("2 have finished (the ambulance took over), nobody else is coming");
    expect(nextWords(incident(one), START)).toContain(
      "It was said that nobody is needed any more: it can be closed",
    );
    expect(words({ ...one, state: "exhausted", exhausted_reason: "nobody_in_reach" })).toBe(words(one));
  });

  test("each person has their own line", () => {
    const since = new Date(2026, 10, 24, 7, 5, 59).toISOString();
    const line = (part: Partial<Alert>, seconds = 0) => {
      const { head, rest } = personWords(alert(part), at(seconds));
      return [head, rest].filter(Boolean).join(" | ").replaceAll("\u00a0", " ");
    };
    expect([
      line(nurse),
      line(nurse, 40),
      line({ state: "accepted", position_at: time(0) }),
      line({ state: "accepted" }),
      line({ ...nurse, doubtful: true, heard_at: since }, 200),
      line({ ...nurse, presence: "at_address" }),
      line({ state: "on_scene" }),
      line({ state: "on_scene", with_patient_at: since }),
      line({ state: "finished", finish_reason: "had_to_leave", with_patient_at: since }),
      line({ state: "stood_down", stood_down_because: "by_desk" }),
      line({ state: "sent" }),
    ]).toEqual([
      "in 3 min | 140 m away",
      "in 3 min | 140 m away · position 40 s old",
      "not left yet | 140 m away",
      "no position since the yes",
      "not heard from since 07:05 | on the way · 140 m away · position 3 min old",
      "at the address, not confirmed",
      "there",
      "with the patient since 07:05",
      "finished: had to leave | reached the patient at 07:05",
      "not needed: the desk said so",
      "",
    ]);
  });

  test("an address of an earlier place says so wherever it is shown", () => {
    const address = { line: "12 Shore Drive", entry_code: "4711", doubtful: true };
    expect(placeName(incident({ address }))).toBe("12 Shore Drive (address of the old place)");
    expect(oldLabel(address, "entry_code")).toBe("Door code of the old address");
    expect(oldLabel({ ...address, doubtful: false }, "entry_code")).toBeNull();
  });
});

test("times and distances", () => {
  expect([elapsed(42), elapsed(725), elapsed(3725)]).toEqual(["0:42", "12:05", "1:02:05"]);
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

test("every reason for which somebody in reach was not asked has words in both languages", () => {
  const bars = [
    "not_verified",
    "off_duty",
    "no_device",
    "engaged",
    "no_exercises",
    "other_organisation",
    "push_waits",
  ];
  const reasons = ["already_asked", "others_nearer", ...bars.map((barred) => ({ barred }))];
  for (const language of ["en", "de"] as const) {
    speak(language);
    const raw = reasons.map((why) => (typeof why === "string" ? why : why.barred).replaceAll("_", " "));
    const words = reasons.map(passedWords);
    expect(words.filter((text, n) => text === raw[n])).toEqual([]);
    expect(new Set(words).size).toBe(reasons.length);
  }
});

test("every kind that the server knows has a word in both languages", () => {
  for (const language of ["en", "de"] as const) {
    speak(language);
    for (const kind of KINDS)
      expect([kind, word("kind", kind)]).not.toEqual([kind, kind.replaceAll("_", " ")]);
  }
  expect(KINDS).toContain("other");
});
