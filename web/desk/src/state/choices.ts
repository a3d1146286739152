// What was chosen at this desk, and which reminders were answered here. Pure.
//
// Whoever has just said that a scene is unsafe needs no alarm for it; whoever has forgotten it does.

/** A choice comes back after so long, and then every so often, milliseconds. */
export const [REMIND_AFTER_MS, REMIND_EVERY_MS] = [120_000, 300_000];
/** The server dates an incident a little before this desk hears of it, milliseconds. */
const SLACK_MS = 2_000;

export interface Choices {
  /** Since when a scene is unsafe by this desk's own word, by incident; server's time. */
  unsafe: ReadonlyMap<string, number>;
  /** How many reminders were answered here, by `incident kind`. */
  answered: ReadonlyMap<string, number>;
  /** Since when an incident with an unsafe scene is being raised here; its id is not known yet. */
  raising: number | null;
}

export const NO_CHOICES: Choices = { unsafe: new Map(), answered: new Map(), raising: null };

export const chose = (choices: Choices, id: string, at: number): Choices => ({
  ...choices,
  unsafe: new Map(choices.unsafe).set(id, at),
  answered: without(choices.answered, `${id} unsafe`),
});

export const answer = (choices: Choices, id: string, kind: string, n: number): Choices => ({
  ...choices,
  answered: new Map(choices.answered).set(`${id} ${kind}`, n),
});

/** Of incidents that are no longer known nothing is kept. */
export function keepChoices(choices: Choices, known: { has(id: string): boolean }): Choices {
  const of = (key: string) => known.has(key.split(" ")[0] ?? "");
  if ([...choices.unsafe.keys(), ...choices.answered.keys()].every(of)) return choices;
  const kept = <T>(all: ReadonlyMap<string, T>) => new Map([...all].filter(([key]) => of(key)));
  return { ...choices, unsafe: kept(choices.unsafe), answered: kept(choices.answered) };
}

/** Whether the incident may be the one that is being raised here. */
export const isRaising = ({ raising }: Choices, openedAt: number) =>
  raising !== null && openedAt >= raising - SLACK_MS;

/** How many times it was due since then: once after `first`, then every five minutes. */
export const timesDue = (since: number, first: number, now: number) =>
  now - since < first ? 0 : 1 + Math.floor((now - since - first) / REMIND_EVERY_MS);

function without<T>(all: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const rest = new Map(all);
  rest.delete(key);
  return rest;
}
