// The steps of the hexagons' colours.
import { expect, test } from "vitest";
import { begins, steps } from "./scale.ts";

const COLOURS = ["#ffffff", "#808080", "#000000"] as const;

test("few people are counted one by one, and the first step begins with one", () => {
  expect(begins([1, 1, 2, 3, 3, 4])).toEqual([1, 2, 3]);
  expect(begins([])).toEqual([]);
  expect(begins([4])).toEqual([1]);
});

test("many people everywhere still have steps: no dark mass", () => {
  const counts = Array.from({ length: 500 }, (_, n) => 80 + n);
  const from = begins(counts);
  expect(from).toEqual([1, 100, 200, 300, 500]);
  const shares = from.map((begin, n) => {
    const end = from[n + 1] ?? Number.POSITIVE_INFINITY;
    return counts.filter((count) => count >= begin && count < end).length / counts.length;
  });
  expect(Math.max(...shares)).toBeLessThan(0.6);
});

test("whatever the counts are, steps rise, begin with round numbers, and each count has one colour", () => {
  for (let seed = 1; seed < 200; seed++) {
    const counts = Array.from({ length: seed }, (_, n) =>
      Math.ceil(Math.abs(Math.sin((n + 1) * seed)) * seed ** 1.5),
    );
    const all = steps(counts, COLOURS);
    expect(all.length).toBeGreaterThan(0);
    expect(all.length).toBeLessThanOrEqual(5);
    expect(all[0]?.from).toBe(1);
    expect(all.at(-1)?.to).toBeNull();
    for (const [n, step] of all.entries()) {
      expect(String(step.from)).toMatch(/^[12357]0*$/);
      if (n > 0) expect(all[n - 1]?.to).toBe(step.from - 1);
      expect(step.colour).toMatch(/^#[0-9a-f]{6}$/);
    }
    expect(new Set(all.map(({ colour }) => colour)).size).toBe(all.length);
  }
});

test("from the palest to the darkest", () => {
  expect(steps([1, 2], COLOURS).map(({ colour }) => colour)).toEqual(["#ffffff", "#000000"]);
  expect(steps([1], COLOURS).map(({ colour }) => colour)).toEqual(["#808080"]);
});
