// Steps of colour for the hexagons, with the numbers that stand in the legend. Pure.

/** One colour, for counts from `from` up to the next step. */
export interface Step {
  from: number;
  /** The greatest count of the step; null: no end. */
  to: number | null;
  colour: string;
}

/** More colours than this cannot be told apart on a map. */
const STEPS_MAX = 5;
/** Steps begin with such numbers, times a power of ten: they are read at a glance. */
const ROUND = [1, 2, 3, 5, 7];

/**
 * Where steps begin: with round numbers among the counts themselves, so that a map of large counts is no dark mass. The
 * first begins with one.
 */
export function begins(counts: readonly number[]): number[] {
  const all = [...new Set(counts.filter((count) => count > 0).map(round))].sort((a, b) => a - b);
  const last = all.length - 1;
  const chosen =
    all.length <= STEPS_MAX
      ? all
      : Array.from({ length: STEPS_MAX }, (_, n) => all[Math.round((n / (STEPS_MAX - 1)) * last)] ?? 1);
  return chosen.map((begin, n) => (n === 0 ? 1 : begin));
}

/** The greatest round number that is not greater. */
function round(count: number): number {
  const power = 10 ** Math.floor(Math.log10(count));
  return power * (ROUND.findLast((digit) => digit * power <= count) ?? 1);
}

/** The steps for these counts, from the palest to the darkest of three colours. */
export function steps(counts: readonly number[], colours: readonly [string, string, string]): Step[] {
  const from = begins(counts);
  return from.map((begin, n) => {
    const next = from[n + 1];
    const share = from.length === 1 ? 0.5 : n / (from.length - 1);
    return { from: begin, to: next === undefined ? null : next - 1, colour: between(colours, share) };
  });
}

/** The colour at a share of the way from the first to the last. */
function between([low, middle, high]: readonly [string, string, string], share: number): string {
  return share < 0.5 ? mix(low, middle, share * 2) : mix(middle, high, share * 2 - 1);
}

function mix(a: string, b: string, share: number): string {
  const part = (colour: string, n: number) => Number.parseInt(colour.slice(1 + 2 * n, 3 + 2 * n), 16);
  const parts = [0, 1, 2].map((n) => Math.round(part(a, n) + (part(b, n) - part(a, n)) * share));
  return `#${parts.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
