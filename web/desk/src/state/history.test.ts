// How closed incidents are asked for.
import { expect, test } from "vitest";
import de from "../messages/history/de.json";
import en from "../messages/history/en.json";
import { EVERYTHING, historyQuery } from "./history.ts";

test("what is empty is not asked for", () => {
  expect(historyQuery(EVERYTHING)).toEqual({});
  expect(historyQuery({ ...EVERYTHING, source: "  " })).toEqual({});
});

test("days are those of this machine's calendar, and the last one is inside", () => {
  const asked = historyQuery({ ...EVERYTHING, from: "2026-11-30", to: "2026-11-30" });
  const [from, to] = [new Date(2026, 10, 30), new Date(2026, 11, 1)];
  expect(asked).toEqual({ from: from.toISOString(), to: to.toISOString() });
  expect(historyQuery({ ...EVERYTHING, from: "nonsense" })).toEqual({});
});

test("a box is west, south, east, north", () => {
  const asked = historyQuery({
    ...EVERYTHING,
    kind: "burn",
    exercise: "false",
    source: " 7 ",
    box: [-1, 50, 2.5, 51],
  });
  expect(asked).toEqual({
    kind: "burn",
    exercise: "false",
    source: "7",
    bbox: "-1.00000,50.00000,2.50000,51.00000",
  });
});

test("both languages say the same things with the same values", () => {
  expect(Object.keys(de)).toEqual(Object.keys(en));
  const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    if (!key.endsWith(".one")) expect([key, values(de[key])]).toEqual([key, values(en[key])]);
  }
});
