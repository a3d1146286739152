// The responders that were read, and what was typed to enrol one. Pure.
import type { Amendment, Enrolment, Responder } from "../api/types.ts";

/** What is typed and chosen to find people; what is empty does not matter. */
export interface PeopleQuestion {
  q: string;
  skill: string;
  state: string;
}

export const EVERYBODY: PeopleQuestion = { q: "", skill: "", state: "" };

/** The words of the server for what people can do, how they come, and where their enrolment stands. */
export const SKILLS = ["bls", "first_aid", "nurse", "emt", "paramedic", "doctor", "firefighter", "police"];
export const TRAVELS = ["foot", "bike", "car"];
export const STANDINGS = ["pending", "verified", "suspended"];

/** The server's longest question, characters and words. */
export const QUESTION_MAX = 100;

/** Somebody who changed, in their place; somebody new comes first until the list is read again. */
export function replaced(items: readonly Responder[], one: Responder): Responder[] {
  const known = items.some((it) => it.id === one.id);
  return known ? items.map((it) => (it.id === one.id ? one : it)) : [one, ...items];
}

/** Whom Enter opens: whoever has exactly this id, or the only one found. */
export function meant(found: readonly Responder[], more: boolean, typed: string): Responder | undefined {
  const exact = found.find((one) => one.id === typed.trim());
  return exact ?? (found.length === 1 && !more ? found[0] : undefined);
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

export type Wrongs = Partial<Record<Field, Wrong>>;

/** Somebody of whom nothing was typed yet. */
export const NOBODY: Typed = { name: "", id: "", phone: "", skills: [], travel: "foot", exercises: false };

/** Nothing is different, in whichever order skills were chosen. */
export const sameTyped = (a: Typed, b: Typed): boolean => {
  const plain = (typed: Typed) =>
    JSON.stringify(Object.entries({ ...typed, skills: [...typed.skills].sort() }).sort());
  return plain(a) === plain(b);
};

/** What can be seen to be wrong before anything is sent. */
export function wrongIn(typed: Typed): Wrongs {
  const wrong: Wrongs = {};
  if (!typed.name.trim()) wrong.name = "missing";
  for (const field of ["name", "id", "phone"] as const) {
    if ([...typed[field].trim()].length > LONGEST[field]) wrong[field] = "too_long";
  }
  if (/[\s/\p{Cc}]/u.test(typed.id.trim())) wrong.id = "bad_id";
  return wrong;
}

/** The field that the server's answer is about; null when it names none. */
export function wrongBy(code: string, detail: string | undefined): Wrongs | null {
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

/** What is typed about somebody who is enrolled. */
export const typedOf = (one: Responder): Typed => ({
  name: one.name,
  id: one.id,
  phone: one.phone ?? "",
  skills: one.skills,
  travel: one.travel,
  exercises: one.exercises,
});

/** What of somebody is to change; null when nothing is. */
export function amendment(one: Responder, typed: Typed): Amendment | null {
  const [name, phone] = [typed.name.trim(), typed.phone.trim() || null];
  const skills = [...typed.skills].sort().join() !== [...one.skills].sort().join();
  const change: Amendment = {
    ...(name !== one.name && { name }),
    ...(phone !== (one.phone ?? null) && { phone }),
    ...(skills && { skills: typed.skills }),
    ...(typed.travel !== one.travel && { travel: typed.travel }),
    ...(typed.exercises !== one.exercises && { exercises: typed.exercises }),
  };
  return Object.keys(change).length > 0 ? change : null;
}
