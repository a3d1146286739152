// The responders that were read, what is wrong with a form, and what a count is worth.
import { expect, test } from "vitest";
import type { Readiness, Responder } from "../api/types.ts";
import { COUNT_LASTS_MS, NOT_COUNTED, standing } from "./counted.ts";
import { leads } from "./roles.ts";
import { enrolment, matching, merged, type Typed, wrongBy, wrongIn } from "./roster.ts";

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

test("pages become one list: each once, as read last, by id", () => {
  const list = merged([one("b", "Ben"), one("d", "Dora")], [one("a", "Anna"), one("b", "Ben", "suspended")]);
  expect(list.map(({ id, state }) => `${id} ${state}`)).toEqual(["a verified", "b suspended", "d verified"]);
  // capitals come before small letters, as the server sorts
  expect(merged([], [one("a", ""), one("B", "")]).map(({ id }) => id)).toEqual(["B", "a"]);
});

test("a filter wants every word, in the name or in the id", () => {
  const list = [one("p-1", "Anna Berg"), one("p-2", "Ben Yıldız"), one("p-3", "Änne Berg")];
  const ids = (text: string) => matching(list, text).map(({ id }) => id);
  expect(ids("")).toEqual(["p-1", "p-2", "p-3"]);
  expect(ids("BERG")).toEqual(["p-1", "p-3"]);
  expect(ids("berg änne")).toEqual(["p-3"]);
  expect(ids("berg p-1")).toEqual(["p-1"]);
  expect(ids("nobody")).toEqual([]);
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
