// The map's colours come from the page's style sheet: one place for light and dark.

const NAMES = [
  "sea",
  "land",
  "coast",
  "road",
  "water",
  "building",
  "green",
  "ink",
  "muted",
  "panel",
  "line",
  "accent",
  "people",
  "people-low",
  "people-high",
  "danger",
  "ok",
  "held",
  "exercise",
  "aed",
] as const;
export type Colours = Record<(typeof NAMES)[number], string>;

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#888888";
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Colours;
}
