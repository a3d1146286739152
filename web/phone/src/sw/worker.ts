/// <reference lib="webworker" />
// The service worker: shows pushes when no page is in front, sends their receipts, and keeps the
// page's own files so that it opens without a network.
import { http } from "../api/http.ts";
import { bytesOf } from "../device/push.ts";
import { kept, mayAnnounce } from "../keep/db.ts";
import { noticeOf, type Push, repeatOf, toldOf, whyOf } from "./notices.ts";
import { answerFromShell, fill, forgetOld } from "./shell.ts";

declare const self: ServiceWorkerGlobalScope;

/** A page in front answers within so long that it announces itself, milliseconds. */
const PAGE_MS = 1_500;
const PAGE = "/phone/";

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOld().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const answer = answerFromShell(event.request);
  if (answer) event.respondWith(answer);
});
self.addEventListener("message", (event) => {
  // the page is idle and may be loaded anew
  if (event.data === "take over") void self.skipWaiting();
});

self.addEventListener("push", (event) => event.waitUntil(pushed(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAnew(event)));

async function pushed(data: PushMessageData | null): Promise<void> {
  let push: Push;
  try {
    push = data?.json() as Push;
  } catch {
    return;
  }
  if (!push?.alert_id) return;
  const receipt = receive(push);
  if (whyOf(push) === "test") await show(push, false);
  else await announce(push);
  await receipt;
}

/** Shows it unless a page in front does, and silently when it was announced before. */
async function announce(push: Push): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const inFront = pages.filter((page) => page.visibilityState === "visible");
  for (const page of pages) if (!inFront.includes(page)) page.postMessage({ push });
  const taken = await Promise.all(inFront.map((page) => ask(page, push)));
  if (taken.some(Boolean)) return;
  if (await mayAnnounce(toldOf(push))) return show(push, false);
  // a repeat, or older than what was said: nothing new, but browsers want to see a notification
  if (inFront.length > 0) return;
  const [last] = await self.registration.getNotifications({ tag: push.alert_id });
  if (!last) await show(repeatOf(push), true);
}

async function show(push: Push, silent: boolean): Promise<void> {
  const [language = "en", device] = await Promise.all([kept("language"), kept("device_id")]);
  const { title, options } = noticeOf(push, language, silent, device);
  await self.registration.showNotification(title, options);
}

/** Whether a page in front says that it announces this itself. */
function ask(page: Client, push: Push): Promise<boolean> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => done(false), PAGE_MS);
    port1.onmessage = (event) => {
      clearTimeout(timer);
      done(event.data === true);
    };
    page.postMessage({ push }, [port2]);
  });
}

/** The phone's own proof that the push arrived. The channel says it again if this fails. */
async function receive(push: Push): Promise<void> {
  const device = await kept("device_id");
  // word of a phone is of no alert, and asks for no receipt
  if (!device || whyOf(push) === "attention") return;
  try {
    if (whyOf(push) === "test") {
      await http.testReceived(push.alert_id, device);
      for (const page of await self.clients.matchAll({ type: "window", includeUncontrolled: true }))
        page.postMessage({ push });
    } else {
      const version = Number(push.version) || 0;
      await http.say(device, { alert_id: push.alert_id, verb: "received", at_ms: Date.now(), version });
    }
  } catch {
    // no network, or over already: nothing that a worker could do about it
  }
}

async function openPage(): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const [page] = pages.filter(({ url }) => new URL(url).pathname.startsWith(PAGE));
  if (page) await page.focus();
  else await self.clients.openWindow(PAGE);
}

/** The browser changed this phone's address: the server must know the new one. */
async function subscribeAnew(_event: Event): Promise<void> {
  const device = await kept("device_id");
  if (!device) return;
  const applicationServerKey = bytesOf((await http.pushKey()).public_key);
  const subscription = await self.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  await http.putDevice(device, {
    endpoint: endpoint ?? "",
    p256dh: keys?.p256dh ?? "",
    auth: keys?.auth ?? "",
  });
}
