// This phone's address for pushes: asked for, told to the server, renewed when its key is another.
import { http } from "../api/http.ts";

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

/** Subscribes if need be and tells the server. Throws when the browser or the server will not. */
export async function subscribe(registration: ServiceWorkerRegistration, device: string): Promise<void> {
  const key = bytesOf((await http.pushKey()).public_key);
  let subscription = await registration.pushManager.getSubscription();
  if (subscription && !isKey(subscription, key)) {
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
}

export async function isSubscribed(): Promise<boolean> {
  if (!canPush()) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) != null;
}
