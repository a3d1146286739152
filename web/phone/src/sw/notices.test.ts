// What stands on a lock screen: who is needed, nothing of whom and where.
import { expect, test } from "vitest";
import { noticeOf, type Push, whyOf } from "./notices.ts";

const push = (part: Partial<Push> = {}): Push => ({
  type: "alert",
  alert_id: "a1",
  incident_id: "i1",
  version: "1",
  role: "aed",
  exercise: "false",
  ...part,
});

test("every type in both languages, each with its own words", () => {
  for (const language of ["en", "de"] as const) {
    const titles = ["alert", "update", "danger", "stand_down", "test"].map(
      (type) => noticeOf(push({ type }), language, false).title,
    );
    expect(new Set(titles).size).toBe(5);
  }
  expect(noticeOf(push(), "en", false).options.body).toMatch(/^Fetch a defibrillator/);
});

test("an exercise is another picture, another word and another rhythm", () => {
  const [real, practice] = ["false", "true"].map((exercise) => noticeOf(push({ exercise }), "de", false));
  expect(practice?.title).toMatch(/^ÜBUNG/);
  expect(practice?.options.icon).not.toBe(real?.options.icon);
  expect(practice?.options.vibrate).not.toEqual(real?.options.vibrate);
});

test("a newer word takes the older one's place; a repeat is silent", () => {
  const later = noticeOf(push({ type: "stand_down", version: "4" }), "en", false).options;
  expect([later.tag, later.renotify]).toEqual(["a1", true]);
  const repeat = noticeOf(push(), "en", true).options;
  expect([repeat.silent, repeat.renotify, repeat.vibrate]).toEqual([true, undefined, undefined]);
});

test("a type or a role of a newer server is shown as news, not lost", () => {
  expect(whyOf(push({ type: "evacuate" }))).toBe(null);
  expect(noticeOf(push({ type: "evacuate", role: "pilot" }), "en", false).title).toMatch(/News/);
  expect(noticeOf(push({ role: "exercise" }), "en", false).options.body).toMatch(/how far/);
});
