// The screen stays on while an alert is open: nobody unlocks a phone with gloves on.

let lock: WakeLockSentinel | null = null;
let wanted = false;

async function ask(): Promise<void> {
  if (!wanted || lock || document.visibilityState !== "visible") return;
  try {
    lock = (await navigator.wakeLock?.request("screen")) ?? null;
    lock?.addEventListener("release", () => {
      lock = null;
    });
    if (!wanted) void lock?.release();
  } catch {
    // saving power: the phone decides
  }
}

/** Keeps the screen on, or no longer. Browsers let go of it when the page is hidden. */
export function stayAwake(on: boolean): void {
  wanted = on;
  if (on) void ask();
  else void lock?.release();
}

document.addEventListener("visibilitychange", () => void ask());
