// The position of a signed-in phone: read while the page is in front, sent by the channel or by HTTP.
import { isEngaged } from "../alerts/known.ts";
import { ApiError, http } from "../api/http.ts";
import type { Fix } from "../api/types.ts";
import { PositionWatch, positionLeave } from "../position/watch.ts";
import { theChannel } from "./life.ts";
import { lookAround } from "./ready.ts";
import { get } from "./store.ts";

let watch: PositionWatch | null = null;

export const positions = () => watch;

/** Reads the position if the person has allowed it before; asking for it is the person's own step. */
export async function startPosition(): Promise<void> {
  watch ??= new PositionWatch({
    send,
    engaged: () => [...get().known.values()].some(({ alert }) => isEngaged(alert)),
    changed: () => void lookAround(),
  });
  if ((await positionLeave()) === "granted" && get().device) watch.start();
  await lookAround();
}

/** Reads the position; the browser asks the person. */
export const askPosition = () => watch?.start();

export function stopPosition(): void {
  watch?.stop();
  watch = null;
}

async function send(fixes: Fix[]): Promise<boolean> {
  const { device } = get();
  if (!device) return false;
  try {
    const channel = theChannel();
    if (channel?.live) await channel.ask({ fixes: { sent_at_ms: Date.now(), fixes } });
    else await http.fixes(device, fixes);
    return true;
  } catch (error) {
    // refused is answered: the same positions would be refused again
    return error instanceof ApiError && error.problem.status >= 400 && error.problem.status < 429;
  }
}
