// What the correcting form sends: only what is another than before.
import { expect, test } from "vitest";
import { draftOf, isFar, leavesDoubt, patchOf } from "./corrections.ts";
import { incident } from "./samples.ts";

const one = incident({
  location: { lat: 36.8529, lon: -75.978, uncertainty_m: 15 },
  address: { line: "1 Main Street", entry_code: "4711", doubtful: false },
  patient_age_y: 61,
});
const draft = draftOf(one);
const address = draft.address;

test("an untouched form changes nothing", () => {
  expect(patchOf(one, draft)).toBeNull();
});

test("each field goes by itself, the address whole", () => {
  expect(patchOf(one, { ...draft, kind: "stroke" })).toEqual({ kind: "stroke" });
  expect(patchOf(one, { ...draft, place: "public" })).toEqual({ place: "public" });
  expect(patchOf(one, { ...draft, address: { ...address, entry_code: "0815 " } })).toEqual({
    address: { line: "1 Main Street", entry_code: "0815" },
  });
  expect(patchOf(one, { ...draft, address: { ...address, line: "", entry_code: " " } })).toEqual({
    address: null,
  });
  expect(patchOf(one, { ...draft, age: "62" })).toEqual({ patient: { age_y: 62 } });
  expect(patchOf(one, { ...draft, age: "" })).toEqual({ patient: null });
  expect(patchOf(one, { ...draft, age: "sixty" })).toBeNull();
});

test("another place leaves doubt about an address that is kept, a better known one does not", () => {
  const near = { lat: 36.85325, lon: -75.978 };
  const far = { lat: 36.8579, lon: -75.978 };
  expect([isFar(one, near), isFar(one, far)]).toEqual([false, true]);
  const moved = { ...draft, point: far };
  expect(patchOf(one, moved)).toEqual({ location: far });
  expect(leavesDoubt(one, moved, { location: far })).toBe(true);
  expect(leavesDoubt(one, { ...draft, point: near }, { location: near })).toBe(false);
  expect(leavesDoubt({ ...one, address: null }, moved, { location: far })).toBe(false);
  expect(patchOf(one, { ...moved, confirmed: true })).toEqual({ location: far, address_confirmed: true });
  // a new address says it all
  const both = { ...moved, confirmed: true, address: { ...address, line: "2 Main Street" } };
  expect(patchOf(one, both)).toEqual({
    location: far,
    address: { line: "2 Main Street", entry_code: "4711" },
  });
});
