// The responders that were read, what is wrong with a form, and what a count is worth.
import { expect, test } from "vitest";
import type { Readiness, Responder } from "../api/types.ts";
import { COUNT_LASTS_MS, NOT_COUNTED, standing } from "./counted.ts";
import { leads } from "./roles.ts";
import { amendment, enrolment, meant, replaced, type Typed, typedOf, wrongBy, wrongIn } from "./roster.ts";

const one = (id: string, name: string, state = "verified"): Responder => ({
  id,
  name,
  phone: null,
  skills: ["bls"],
  travel: "foot",
  exercises: false,
  state,
  on_duty: true,
  duty_until: null,
});
const typed = (part: Partial<Typed> = {}): Typed => ({
  name: "Anna Berg",
  id: "",
  phone: "",
  skills: ["bls"],
  travel: "foot",
  exercises: false,
  ...part,
});

test("somebody who changed stays in place, and somebody new comes first", () => {
  const list = [one("b", "Ben"), one("d", "Dora")];
  const ids = (items: Responder[]) => items.map(({ id, state }) => `${id} ${state}`);
  expect(ids(replaced(list, one("d", "Dora", "suspended")))).toEqual(["b verified", "d suspended"]);
  expect(ids(replaced(list, one("a", "Anna")))).toEqual(["a verified", "b verified", "d verified"]);
});

test("Enter opens whoever it can only mean", () => {
  const list = [one("p-1", "Anna Berg"), one("p-11", "Ben Berg")];
  expect(meant(list, false, " p-1 ")?.id).toBe("p-1");
  expect(meant(list, false, "berg")).toBeUndefined();
  expect(meant(list.slice(1), false, "ben")?.id).toBe("p-11");
  expect(meant(list.slice(1), true, "b")).toBeUndefined();
  expect(meant([], false, "nobody")).toBeUndefined();
});

test("a change holds what is another, and nothing when nothing is", () => {
  const anna = { ...one("a", "Anna Berg"), phone: "112", skills: ["nurse", "bls"] };
  const as = (part: Partial<Typed>) => amendment(anna, { ...typedOf(anna), ...part });
  expect(as({})).toBeNull();
  expect(as({ name: " Anna Berg ", skills: ["bls", "nurse"] })).toBeNull();
  expect(as({ name: "Anna Holm", phone: " " })).toEqual({ name: "Anna Holm", phone: null });
  expect(as({ skills: [], travel: "car", exercises: true })).toEqual({
    skills: [],
    travel: "car",
    exercises: true,
  });
  expect(amendment({ ...anna, phone: null }, { ...typedOf(anna), phone: "" })).toBeNull();
});

test("what is wrong is named by its field", () => {
  expect(wrongIn(typed())).toEqual({});
  expect(wrongIn(typed({ name: "  " }))).toEqual({ name: "missing" });
  expect(wrongIn(typed({ name: "ä".repeat(200) }))).toEqual({});
  expect(wrongIn(typed({ name: "ä".repeat(201), phone: "1".repeat(41) }))).toEqual({
    name: "too_long",
    phone: "too_long",
  });
  for (const id of ["a b", "a/b", "a\u0007b", "a\tb"])
    expect(wrongIn(typed({ id }))).toEqual({ id: "bad_id" });
  expect(wrongIn(typed({ id: " anna " }))).toEqual({});
});

test("an answer of the server is put to the field that it names", () => {
  expect(wrongBy("id_taken", undefined)).toEqual({ id: "taken" });
  expect(wrongBy("invalid", "phone: 1 to 40 characters expected")).toEqual({ phone: "refused" });
  expect(wrongBy("invalid", "skills: unknown")).toBeNull();
  expect(wrongBy("deadline", "name: x")).toBeNull();
});

test("what is left empty is not sent, and an id is always there", () => {
  const sent = enrolment(typed({ name: " Anna ", phone: " " }), "r-1");
  expect(sent).toEqual({ id: "r-1", name: "Anna", skills: ["bls"], travel: "foot", exercises: false });
  expect(enrolment(typed({ id: " anna ", phone: "112" }), "r-1")).toMatchObject({ id: "anna", phone: "112" });
});

test("a count that is old or was not heard is not known, with its age", () => {
  const view = { reachable: 1, on_duty: 2 } as Readiness;
  expect(standing(NOT_COUNTED, 5)).toEqual({ is: "asking" });
  expect(standing({ ...NOT_COUNTED, error: "lost" }, 5)).toMatchObject({ is: "unknown", was: null });
  const heard = { view, heardAt: 1_000, error: null };
  expect(standing(heard, 1_000 + COUNT_LASTS_MS - 1)).toEqual({ is: "known", view });
  expect(standing(heard, 1_000 + COUNT_LASTS_MS)).toEqual({ is: "unknown", was: view, ageS: 90 });
  expect(standing({ ...heard, error: "lost" }, 4_000)).toEqual({ is: "unknown", was: view, ageS: 3 });
});

test("coordinators and admins look after responders, nobody else", () => {
  const session = (role: string) => ({ sub: "ann", role, org: "town", expires_at: "", simulated: false });
  expect(["coordinator", "admin", "call_handler"].map((role) => leads(session(role)))).toEqual([
    true,
    true,
    false,
  ]);
  expect([leads(null), leads(undefined)]).toEqual([false, false]);
});
