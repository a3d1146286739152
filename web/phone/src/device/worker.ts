// The service worker, as the page sees it: registered at the start, renewed while nothing goes on.
import { front } from "../alerts/known.ts";
import { get } from "../state/store.ts";

/** A page that stays open for days looks for a new version so often, milliseconds. */
const LOOK_MS = 3600 * 1000;

/** Registers it. Without one the page works, but nothing wakes it. */
export async function serviceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  try {
    const registration = await navigator.serviceWorker.register("/phone/sw.js", { scope: "/phone/" });
    let looked = performance.now();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") return renew(registration);
      if (performance.now() - looked < LOOK_MS) return;
      looked = performance.now();
      void registration.update().catch(() => undefined);
    });
    const had = navigator.serviceWorker.controller !== null;
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      // the first one has nothing to replace
      if (had && document.visibilityState === "hidden" && !front(get().known)) location.reload();
    });
  } catch {
    // an insecure address or a browser without: readiness says so
  }
}

/** A new version takes over when the page is put away and no alert is open. */
function renew({ waiting }: ServiceWorkerRegistration): void {
  if (waiting && !front(get().known)) waiting.postMessage("take over");
}
