// The tables of sentences: that both languages say the same, and how values are written.
import { describe, expect, test } from "vitest";
import { DOES } from "./desk/does.ts";
import { LOG } from "./desk/log.ts";
import { DESK } from "./desk/rows.ts";
import { PHONE } from "./phone/rows.ts";
import { placeholders, type Row, sayer, type Table } from "./sentence.ts";

const TABLES: Record<string, Table> = { desk: DESK, does: DOES, log: LOG, phone: PHONE };

describe.each(Object.entries(TABLES))("%s", (_, table) => {
  test.each(Object.entries(table))("%s says the same in both languages", (_, row: Row) => {
    expect(placeholders(row.de)).toEqual(placeholders(row.en));
    expect(typeof row.de).toBe(typeof row.en);
    expect(row.when).not.toBe("");
    const counted = typeof row.en !== "string";
    if (counted) expect(row.when).toContain("{n}");
  });
});

test("values are written by what they are", () => {
  const say = sayer({
    it: {
      when: "",
      en: "{radius_m} {in_s} {age_s} {eta_s} {held} {who}",
      de: "{radius_m} {in_s} {age_s} {eta_s} {held} {who}",
    },
  });
  const said = say("it", {
    radius_m: 2000,
    in_s: 42.2,
    age_s: 40.9,
    eta_s: 150,
    held: ["plan_holds", "new_reason"],
    who: "a_b",
  });
  expect(said.en).toBe("2\u00a0km 0:43 40\u00a0s in 3\u00a0min the plan asks a person first, new reason a_b");
  expect(said.de).toBe(
    "2\u00a0km 0:43 40\u00a0s in 3\u00a0min der Plan fragt erst einen Menschen, new reason a_b",
  );
});

test("an arrival is never written earlier than it will be", () => {
  const say = sayer({ it: { when: "", en: "{eta_s}", de: "{eta_s}" } });
  const told = [0, 60, 61, 120, 121].map((eta_s) => say("it", { eta_s }).en.replace("\u00a0", " "));
  expect(told).toEqual(["within a minute", "within a minute", "in 2 min", "in 2 min", "in 3 min"]);
  expect(say("it", { eta_s: 121 }).de).toBe("in 3\u00a0min");
});

test("one and many", () => {
  const say = sayer({
    it: { when: "", en: { one: "one", other: "{n}" }, de: { one: "eine", other: "{n}" } },
  });
  expect([say("it", { n: 1 }).de, say("it", { n: 2 }).de, say("it", { n: 0 }).en]).toEqual([
    "eine",
    "2",
    "0",
  ]);
});
