// Asks how many can be reached, as long as somebody looks at the page.
import { api } from "../api/client.ts";
import { keepAsking } from "./polling.ts";
import { get, set } from "./store.ts";

/** Between two questions, milliseconds. */
const EVERY_MS = 30_000;

let asking: Promise<void> | null = null;
let askedAt = 0;

/** Asks now. Who asks meanwhile hears the same answer. */
export function countAgain(): Promise<void> {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

async function ask(): Promise<void> {
  askedAt = Date.now();
  const session = get().session;
  const same = () => session !== null && get().session === session;
  try {
    const view = await api.readiness();
    if (same()) set({ counted: { view, heardAt: Date.now(), error: null } });
  } catch (error) {
    if (same()) set({ counted: { ...get().counted, error } });
  }
}

/** Keeps asking while the page is seen. Returns what ends it. */
export const watchReadiness = () =>
  keepAsking(EVERY_MS, countAgain, () => {
    const { view, error } = get().counted;
    return view || error ? askedAt + EVERY_MS - Date.now() : 0;
  });
