// Asks again and again, as long as somebody looks at the page.

/** `due` says in how many milliseconds the next question is wanted. Returns what ends it. */
export function keepAsking(everyMs: number, ask: () => Promise<void>, due: () => number): () => void {
  let [timer, over] = [0, false];
  const next = () => {
    clearTimeout(timer);
    if (over || document.visibilityState === "hidden") return;
    // a clock that was set back must not make it wait longer
    const wait = Math.min(everyMs, Math.max(0, due()));
    timer = setTimeout(() => void ask().finally(next), wait) as never;
  };
  document.addEventListener("visibilitychange", next);
  next();
  return () => {
    document.removeEventListener("visibilitychange", next);
    clearTimeout(timer);
    over = true;
  };
}
