// What the form that corrects an incident would change. Pure.
import type { Address, Incident, Patch } from "../api/types.ts";
import { distanceM, type Point } from "./place.ts";

/** The parts of an address that the form has, in its order. */
export const ADDRESS_PARTS = ["line", "place_name", "floor", "entry_code", "notes", "grid"] as const;
export type AddressPart = (typeof ADDRESS_PARTS)[number];

/** A place that moved no further than this, metres, or than the old one was uncertain, is the same, better known. */
const SAME_PLACE_M = 50;

/** Nobody is older, years; the server says the same. */
const AGE_MAX_Y = 150;

/** What the form holds. */
export interface Draft {
  kind: string;
  point: Point | null;
  address: Record<AddressPart, string>;
  /** The address is right for the new place, too. */
  confirmed: boolean;
  age: string;
  place: string;
}

export const partOf = (address: Address | null | undefined, part: AddressPart) => address?.[part] ?? "";

/** What is known now, as the form shows it. The place is only filled in to move it. */
export function draftOf(incident: Incident): Draft {
  const address = Object.fromEntries(ADDRESS_PARTS.map((part) => [part, partOf(incident.address, part)]));
  return {
    kind: incident.kind,
    point: null,
    address: address as Draft["address"],
    confirmed: false,
    age: incident.patient_age_y == null ? "" : String(incident.patient_age_y),
    place: incident.place,
  };
}

const isEmpty = (address: Draft["address"]) => ADDRESS_PARTS.every((part) => !address[part].trim());

/** Whether the new place is another one, and not the old one better known. */
export function isFar(incident: Incident, point: Point): boolean {
  const { location } = incident;
  if (!location) return true;
  return distanceM(location, point) > Math.max(SAME_PLACE_M, location.uncertainty_m ?? 0);
}

/** Whether the form would leave the address as it is, though the place is another one. */
export const leavesDoubt = (incident: Incident, draft: Draft, patch: Patch) =>
  draft.point !== null &&
  isFar(incident, draft.point) &&
  !isEmpty(draftOf(incident).address) &&
  patch.address === undefined;

/** Only what is another than before; null when that is nothing, or the age is no age. */
export function patchOf(incident: Incident, draft: Draft): Patch | null {
  const old = draftOf(incident);
  const patch: Patch = {};
  if (draft.kind.trim() && draft.kind !== old.kind) patch.kind = draft.kind.trim();
  if (draft.point) patch.location = draft.point;
  if (ADDRESS_PARTS.some((part) => draft.address[part].trim() !== old.address[part])) {
    const parts = ADDRESS_PARTS.map((part) => [part, draft.address[part].trim()]).filter(([, text]) => text);
    patch.address = isEmpty(draft.address) ? null : Object.fromEntries(parts);
  }
  if (draft.confirmed && patch.address === undefined) patch.address_confirmed = true;
  if (draft.age.trim() !== old.age) {
    const age = Number(draft.age.trim());
    if (draft.age.trim() && !(Number.isInteger(age) && age >= 0 && age <= AGE_MAX_Y)) return null;
    patch.patient = draft.age.trim() ? { age_y: age } : null;
  }
  if (draft.place !== old.place) patch.place = draft.place;
  return Object.keys(patch).length > 0 ? patch : null;
}
