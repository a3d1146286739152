// What a typed word means.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { KINDS, kindWords } from "../../../shared/kinds.ts";
import { kindOf, nearestKinds } from "./kinds.ts";

test("every kind is known by its word in each language and by the server's word", () => {
  for (const kind of KINDS) {
    for (const typed of [kind, kindWords("en")[`kind.${kind}`], kindWords("de")[`kind.${kind}`]]) {
      expect(kindOf(typed, [])).toEqual({ code: kind, known: true });
      expect(kindOf(` ${typed.toUpperCase()} `, [])).toEqual({ code: kind, known: true });
    }
  }
});

test("the pages have words for the kinds that the server knows, and for no others", () => {
  const rules = readFileSync(new URL("../../../../src/core/src/domain/kind.rs", import.meta.url), "utf8");
  const other = /const OTHER: &str = "(\w+)"/.exec(rules)?.[1];
  const [, count, list = ""] = /const KNOWN: \[&str; (\d+)\] = \[([^\]]*)\]/.exec(rules) ?? [];
  const known = list.split(",").map((one) => one.trim());
  const words = known.filter(Boolean).map((one) => (one === "OTHER" ? other : JSON.parse(one)));
  expect(words).toHaveLength(Number(count));
  expect([...KINDS].sort()).toEqual(words.sort());
});

test("a kind that a plan names is known", () => {
  expect(kindOf("Snake bite", [])).toEqual({ code: "Snake bite", known: false });
  expect(kindOf("Snake bite", ["snake_bite"])).toEqual({ code: "snake_bite", known: true });
});

test.each([
  ["chok", "choking"],
  ["choaking", "choking"],
  ["cardiac", "cardiac_arrest"],
  ["arrest", "cardiac_arrest"],
  ["cardiac arest", "cardiac_arrest"],
  ["Herzstillstand", "cardiac_arrest"],
  ["seizur", "seizure"],
  ["krampf", "seizure"],
  ["bewustlos", "unconscious"],
  ["allergie", "allergy"],
  ["breath", "breathing"],
  ["strock", "stroke"],
])("%s may mean %s", (typed, kind) => expect(nearestKinds(typed)[0]).toBe(kind));

test("nothing is offered for what is like nothing", () => {
  for (const typed of ["", " ", "x", "cat in tree", "qqqq"]) expect(nearestKinds(typed)).toEqual([]);
});

test("one letter left out, doubled or changed still finds the kind", () => {
  for (const kind of KINDS) {
    const word = kindWords("en")[`kind.${kind}`];
    if (word.length < 5) continue;
    for (let n = 0; n < word.length; n++) {
      const [before, letter, after] = [word.slice(0, n), word[n] ?? "", word.slice(n + 1)];
      for (const typed of [before + after, before + letter + letter + after, `${before}x${after}`]) {
        if (kindOf(typed, []).known) continue;
        expect([typed, nearestKinds(typed)]).toEqual([typed, expect.arrayContaining([kind])]);
      }
    }
  }
});
