// Counts who is to be called after an incident, as long as a coordinator looks at the page.
import { roster } from "../api/roster.ts";
import { keepAsking } from "./polling.ts";
import { get, set } from "./store.ts";

/** Between two counts, milliseconds. */
const EVERY_MS = 20_000;

let askedAt = 0;

/** Asks now. */
export async function countToCall(): Promise<void> {
  askedAt = Date.now();
  const session = get().session;
  const same = () => session !== null && get().session === session;
  try {
    const { waiting, mine } = await roster.followUps(null, 1);
    if (same()) set({ toCall: { waiting, mine, lost: false } });
  } catch {
    if (same()) set({ toCall: { ...get().toCall, lost: true } });
  }
}

export const watchToCall = () => keepAsking(EVERY_MS, countToCall, () => askedAt + EVERY_MS - Date.now());
