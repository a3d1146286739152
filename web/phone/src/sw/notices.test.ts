// What stands on a lock screen: who is needed, nothing of whom and where.
import { expect, test } from "vitest";
import { type Claimed, claim } from "../alerts/claim.ts";
import { noticeOf, type Push, pushOf, stands, toldOf, UNREADABLE, whyOf } from "./notices.ts";

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
    const titles = ["alert", "update", "danger", "stand_down", "test", "attention"].map(
      (type) => noticeOf(push({ type }), language, false).title,
    );
    expect(new Set(titles).size).toBe(6);
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

test("word of a failing phone is shown once, says which, and is no alarm", () => {
  const word = push({ type: "attention", alert_id: "attention-1", device_id: "d-2", why: "push_dead" });
  expect(noticeOf(word, "en", false, "d-1").options.body).toMatch(/on that phone/);
  expect(noticeOf(word, "en", false, "d-2").options.body).toMatch(/this one/);
  expect(noticeOf(word, "de", false).options.body).toMatch(/jenem Telefon/);
  const { vibrate, tag, requireInteraction } = noticeOf(word, "en", false, "d-1").options;
  expect([vibrate, tag, requireInteraction]).toEqual([[200], "attention-1", false]);
  let claimed: Claimed | undefined;
  const shown = [word, word, { ...word, alert_id: "attention-2" }].map((one) => {
    const before = claimed?.alert_id === one.alert_id ? claimed : undefined;
    const after = claim(before, toldOf(one), 0);
    if (after) claimed = after;
    return after !== null;
  });
  expect(shown).toEqual([true, false, true]);
  // what is shown for the repeat is no news of an incident
  expect(noticeOf(stands(undefined, word, false), "en", true, "d-1").title).toMatch(/phones/);
});

test("what stands there is never taken back by an older push, and never claims again what was put away", () => {
  const danger = push({ type: "danger", version: "3" });
  const over = push({ type: "stand_down", version: "4" });
  expect(stands(over, danger, false)).toBe(over);
  expect(stands(over, danger, true)).toBe(over);
  expect(stands(over, over, false)).toBe(over);
  expect(stands(danger, over, true)).toBe(over);
  for (const language of ["en", "de"] as const) {
    const { title, options } = noticeOf(stands(undefined, danger, false), language, true);
    expect(title).toMatch(/Nothing new|Nichts Neues/);
    expect([options.tag, options.silent]).toEqual(["a1", true]);
  }
});

test("a push that cannot be read is none, and yet there is something to show for it", () => {
  const broken = () => {
    throw new SyntaxError("not JSON");
  };
  for (const read of [broken, () => null, () => undefined, () => "text", () => ({ alert_id: 7 }), () => ({})])
    expect(pushOf(read)).toBe(null);
  expect(noticeOf(UNREADABLE, "en", false).title).toMatch(/News/);
});
