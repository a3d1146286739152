// This phone's address for pushes: asked for, told to the server, renewed when its key is another.
import { http } from "../api/http.ts";
import { keep, kept } from "../keep/db.ts";

export const canPush = () =>
  "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

/** Bytes of base64url. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function isKey(subscription: PushSubscription, key: Uint8Array): boolean {
  const has = subscription.options.applicationServerKey;
  const bytes = has && new Uint8Array(has);
  return bytes?.length === key.length && bytes.every((byte, n) => byte === key[n]);
}

/** A service worker is there within so long, or this browser has none, milliseconds. */
const WORKER_MS = 10_000;

/** The running service worker. Throws `DOMException` when there is none. */
export function workerReady(): Promise<ServiceWorkerRegistration> {
  return new Promise((done, failed) => {
    const none = () => failed(new DOMException("no service worker", "NotSupportedError"));
    if (!canPush()) {
      none();
      return;
    }
    const timer = setTimeout(none, WORKER_MS);
    void navigator.serviceWorker.ready.then((registration) => {
      clearTimeout(timer);
      done(registration);
    });
  });
}

/**
 * Subscribes if need be, or `anew`, and tells the server. Throws when the browser or the server will
 * not.
 */
export async function registerPush(
  registration: ServiceWorkerRegistration,
  device: string,
  anew = false,
): Promise<void> {
  const key = bytesOf((await http.pushKey()).public_key);
  let subscription = await registration.pushManager.getSubscription();
  if (subscription && (anew || !isKey(subscription, key))) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const { endpoint, keys } = subscription.toJSON();
  await http.putDevice(device, {
    endpoint: endpoint ?? "",
    p256dh: keys?.p256dh ?? "",
    auth: keys?.auth ?? "",
  });
  await keep("push_told", endpoint);
}

/** Subscribes and tells the server when the address is not the one that it was told last. */
export async function renewPush(registration: ServiceWorkerRegistration, device: string): Promise<void> {
  const subscription = await registration.pushManager.getSubscription();
  if (subscription && subscription.endpoint === (await kept("push_told"))) return;
  await registerPush(registration, device);
}

export async function isSubscribed(): Promise<boolean> {
  if (!canPush()) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) != null;
}
