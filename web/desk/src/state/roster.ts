// The responders that were read, and what was typed to enrol one. Pure.
import type { Enrolment, Responder } from "../api/types.ts";

/** By id, as the server sorts; what was read last of somebody counts. */
export function merged(items: readonly Responder[], more: readonly Responder[]): Responder[] {
  const all = new Map([...items, ...more].map((one) => [one.id, one]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Whose id or name holds every word. */
export function matching(items: readonly Responder[], typed: string): Responder[] {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((one) => {
    const text = `${one.id} ${one.name}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What the form holds. */
export interface Typed {
  name: string;
  id: string;
  phone: string;
  skills: string[];
  travel: string;
  exercises: boolean;
}
/** A field that can be wrong by itself. */
export type Field = "name" | "id" | "phone";
/** What is wrong with a field, by the name of its message. */
export type Wrong = "missing" | "too_long" | "bad_id" | "taken" | "refused";

/** The server's longest values, characters. */
export const LONGEST: Record<Field, number> = { name: 200, id: 128, phone: 40 };

/** What can be seen to be wrong before anything is sent. */
export function wrongIn(typed: Typed): Partial<Record<Field, Wrong>> {
  const wrong: Partial<Record<Field, Wrong>> = {};
  if (!typed.name.trim()) wrong.name = "missing";
  for (const field of ["name", "id", "phone"] as const) {
    if ([...typed[field].trim()].length > LONGEST[field]) wrong[field] = "too_long";
  }
  if (/[\s/\p{Cc}]/u.test(typed.id.trim())) wrong.id = "bad_id";
  return wrong;
}

/** The field that the server's answer is about; null when it names none. */
export function wrongBy(code: string, detail: string | undefined): Partial<Record<Field, Wrong>> | null {
  if (code === "id_taken") return { id: "taken" };
  const field = /^(name|id|phone): /.exec(detail ?? "")?.[1] as Field | undefined;
  return code === "invalid" && field ? { [field]: "refused" } : null;
}

/** `fresh` is the id of somebody who was given none: a repeat after a lost answer enrols nobody twice. */
export function enrolment(typed: Typed, fresh: string): Enrolment {
  return {
    id: typed.id.trim() || fresh,
    name: typed.name.trim(),
    ...(typed.phone.trim() && { phone: typed.phone.trim() }),
    skills: typed.skills,
    travel: typed.travel,
    exercises: typed.exercises,
  };
}
