// Times and distances as they are written. Pure.

/** `0:42`, `12:05`, `1:02:05`. */
export function elapsed(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "140 m", "2.4 km" with the language's own `number`; a number stays beside its unit. */
export function distanceIn(number: (value: number) => string, metres: number): string {
  if (metres < 995) return `${Math.round(metres / 10) * 10 || Math.round(metres)}\u00a0m`;
  return `${number(Math.round(metres / 100) / 10)}\u00a0km`;
}
