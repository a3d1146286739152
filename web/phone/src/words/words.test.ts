// Both languages say everything, and times are the person's own.
import { beforeEach, expect, test } from "vitest";
import { KINDS } from "../../../shared/kinds.ts";
import de from "../messages/de.json";
import en from "../messages/en.json";
import { dayName, dayTime, minutes, speak, t, word } from "./i18n.ts";

beforeEach(() => speak("en"));

test("both files say the same things with the same values", () => {
  expect(Object.keys(de)).toEqual(Object.keys(en));
  const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    if (key.endsWith(".one")) continue;
    expect([key, values(de[key])]).toEqual([key, values(en[key])]);
  }
});

test("no text is empty or left in the other language by mistake", () => {
  const same = (Object.keys(en) as (keyof typeof en)[]).filter(
    (key) => en[key] === de[key] && en[key].replaceAll(/\{\w+\}/g, "").length > 14,
  );
  expect(same).toEqual([]);
  expect(Object.values({ ...en, ...de }).filter((text) => !text.trim())).toEqual([]);
});

test("minutes are rounded up and never none", () => {
  expect([0, 59, 60, 61, 600].map((s) => minutes(s).replace("\u00a0", " "))).toEqual([
    "1 min",
    "1 min",
    "1 min",
    "2 min",
    "10 min",
  ]);
});

test("an hour of another day says which day", () => {
  const now = new Date(2026, 10, 23, 23, 30).getTime();
  expect(dayTime(new Date(2026, 10, 23, 23, 59), now)).toBe("23:59");
  expect(dayTime(new Date(2026, 10, 24, 7, 0), now)).toBe("Tue 07:00");
  speak("de");
  expect(dayTime(new Date(2026, 10, 24, 7, 0), now)).toBe("Di 07:00");
});

test("days and words in the language", () => {
  expect([dayName("mon"), dayName("sun")]).toEqual(["Mon", "Sun"]);
  speak("de");
  expect([dayName("mon"), dayName("sun")]).toEqual(["Mo", "So"]);
  expect(word("role", "aed")).toBe("Defibrillator holen");
  expect(word("kind", "cat_in_tree")).toBe("cat in tree");
  expect(t("line.unsent", { n: 1 })).toMatch(/^Eine/);
});

test("every kind that the server knows has a word in both languages", () => {
  for (const language of ["en", "de"] as const) {
    speak(language);
    for (const kind of KINDS)
      expect([kind, word("kind", kind)]).not.toEqual([kind, kind.replaceAll("_", " ")]);
  }
  expect(KINDS).toContain("other");
});
