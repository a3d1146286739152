// Which kind a typed word means, and which it may have meant. Pure.
import { KINDS, type Kind, kindWords } from "../../../shared/kinds.ts";

/** More than so many offers are not read in a hurry. */
const OFFERS_MAX = 3;
/** So many letters of a word, at most, may be wrong: one in three. */
const WRONG_MAX = 1 / 3;

/** Every way to write each kind: its words in all languages, and the server's own word. */
const NAMES: { kind: Kind; name: string }[] = KINDS.flatMap((kind) =>
  [kindWords("en")[`kind.${kind}`], kindWords("de")[`kind.${kind}`], kind].map((name) => ({
    kind,
    name: plain(name),
  })),
);

function plain(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, " ");
}

/** The server's word for what was typed, and whether it is known; `planned` are kinds that plans name. */
export function kindOf(typed: string, planned: readonly string[]): { code: string; known: boolean } {
  const name = plain(typed);
  const found = NAMES.find((one) => one.name === name)?.kind ?? planned.find((one) => plain(one) === name);
  return found ? { code: found, known: true } : { code: typed.trim(), known: false };
}

/** The kinds that the typed word may have meant, the likeliest first. */
export function nearestKinds(typed: string): Kind[] {
  const name = plain(typed);
  if (!name) return [];
  const best = new Map<Kind, number>();
  for (const one of NAMES) {
    const far = apart(name, one.name);
    if (far <= WRONG_MAX && far < (best.get(one.kind) ?? 1)) best.set(one.kind, far);
  }
  const near = [...best].sort((a, b) => a[1] - b[1]);
  return near.slice(0, OFFERS_MAX).map(([kind]) => kind);
}

/** How far apart: 0 for the beginning of a word of the name, else the share of letters that are wrong. */
function apart(typed: string, name: string): number {
  if (typed.length >= 2 && (name.startsWith(typed) || name.includes(` ${typed}`))) return 0;
  const words = [name, ...name.split(" ")];
  return Math.min(...words.map((word) => edits(typed, word) / Math.max(typed.length, word.length)));
}

/** Letters to change, add or leave out. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const kept = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(kept, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
