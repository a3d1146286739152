// Saying something about an alert: by the channel, else by HTTP, again until it was answered.

import { added, answered, worthSending } from "../alerts/unsent.ts";
import { sayFrame } from "../api/frames.ts";
import { ApiError, http } from "../api/http.ts";
import type { Saying, Verb } from "../api/types.ts";
import { hush } from "../device/sound.ts";
import { keep } from "../keep/db.ts";
import { take, theChannel } from "./life.ts";
import { positions } from "./place.ts";
import { get, set } from "./store.ts";

/** Between two tries of what nobody answered, milliseconds. */
const AGAIN_MS = 3_000;

let sending = false;
let again: ReturnType<typeof setTimeout> | undefined;

/** Says it, and goes on saying it while nobody answers. */
export function say(alert: string, verb: Verb, more: Pick<Saying, "reason" | "override"> = {}): void {
  const held = get().known.get(alert);
  if (verb !== "received" && verb !== "seen") hush();
  const fix = positions()?.fix;
  const saying: Saying = {
    alert_id: alert,
    verb,
    at_ms: Date.now(),
    version: held?.alert.version ?? 0,
    ...(fix && { fix }),
    ...more,
  };
  write(added(get().unsent, saying));
  if (get().refused?.alert_id === alert) set({ refused: null });
  void flushUnsent();
}

function write(unsent: Saying[]): void {
  set({ unsent });
  void keep("unsent", unsent.length > 0 ? unsent : undefined);
}

/** Sends what waits, one after the other and in order. */
export async function flushUnsent(): Promise<void> {
  if (sending) return;
  sending = true;
  clearTimeout(again);
  try {
    write(worthSending(get().unsent, Date.now()));
    for (let saying = get().unsent[0]; saying; saying = get().unsent[0]) {
      if (!(await send(saying))) {
        again = setTimeout(() => void flushUnsent(), AGAIN_MS);
        return;
      }
    }
  } finally {
    sending = false;
  }
}

/** False: nobody answered, or not now. */
async function send(saying: Saying): Promise<boolean> {
  const device = get().device;
  if (!device) return false;
  try {
    const alert = await byAnyWay(saying, device);
    write(answered(get().unsent, saying));
    if (alert) take({ type: "answer", alert, mono: performance.now() });
    return true;
  } catch (error) {
    const { status, code } = error instanceof ApiError ? error.problem : { status: 0, code: "page" };
    // not answered, too often, or not now
    if (status === 0 || status === 429 || status >= 500) return false;
    write(answered(get().unsent, saying));
    if (saying.verb !== "received" && saying.verb !== "seen")
      set({ refused: { alert_id: saying.alert_id, code } });
    return true;
  }
}

async function byAnyWay(saying: Saying, device: string) {
  const channel = theChannel();
  if (channel?.live) {
    try {
      return (await channel.ask(sayFrame(saying))).alert;
    } catch (error) {
      if (error instanceof ApiError && error.problem.status !== 0) throw error;
    }
  }
  return http.say(device, saying);
}
