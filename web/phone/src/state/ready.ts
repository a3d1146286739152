// What this phone can do, looked at again whenever it may have changed, and told to the server.
import { http } from "../api/http.ts";
import { look, readiness } from "../device/readiness.ts";
import { onSound, soundWorks } from "../device/sound.ts";
import { keep, kept } from "../keep/db.ts";
import { positionLeave } from "../position/watch.ts";
import { positions } from "./place.ts";
import { get, set } from "./store.ts";

let told = "";

/** Looks, and tells the server what is new. */
export async function lookAround(): Promise<void> {
  const { device } = get();
  if (!device) return;
  const [found, position, heardAt] = await Promise.all([look(), positionLeave(), kept("heard_at")]);
  if (get().device !== device) return;
  const watching = (positions()?.running ?? false) && document.visibilityState === "visible";
  const places = (get().me?.places?.places.length ?? 0) > 0;
  const facts = { ...found, position, watching, places, soundWorks: soundWorks(), heardAt: heardAt ?? null };
  set({ facts });
  const report = readiness(facts, Date.now());
  const text = JSON.stringify(report);
  if (text === told) return;
  told = text;
  await http.readiness(device, report).catch(() => {
    // said again with the next look
    told = "";
  });
}

/** The person heard the alarm of a test. */
export async function heard(): Promise<void> {
  await keep("heard_at", Date.now());
  await lookAround();
}

// a page that is hidden reads no position: the desk must not count on it
document.addEventListener("visibilitychange", () => void lookAround());
addEventListener("online", () => void lookAround());
onSound(() => {
  const { facts } = get();
  if (facts && facts.soundWorks !== soundWorks()) set({ facts: { ...facts, soundWorks: soundWorks() } });
});
