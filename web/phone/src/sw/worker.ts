/// <reference lib="webworker" />
// The service worker: shows every push, silently where a page in front announces it, sends their receipts,
// and keeps the page's own files so that it opens without a network.
import { isDanger, isSafe } from "../../../shared/sentences/phone/facts.ts";
import { ApiError, http } from "../api/http.ts";
import { renewPush } from "../device/push.ts";
import { change, keep, kept, mayAnnounce } from "../keep/db.ts";
import { afterList, afterStandDown, keepsPlaces } from "../keep/saved.ts";
import { noticeOf, type Push, pushOf, stands, toldOf, UNREADABLE, whyOf } from "./notices.ts";
import { answerFromShell, fill, forgetOld, isPage, PAGE } from "./shell.ts";

declare const self: ServiceWorkerGlobalScope;

/** A page in front answers within so long that it announces itself, milliseconds. */
const PAGE_MS = 1_500;

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
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew()));

async function pushed(data: PushMessageData | null): Promise<void> {
  const push = pushOf(() => data?.json());
  // browsers end the subscription of a worker that shows nothing for a push
  if (!push) return show(UNREADABLE, false);
  const receipt = receive(push);
  if (whyOf(push) === "test") await show(push, false);
  else await announce(push);
  await receipt;
  await forget(push);
  await renew();
}

/** The phone's pages that are open, in front or not; neither the desk's nor a file of the page's folder. */
async function openPages(): Promise<WindowClient[]> {
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter(({ url }) => isPage(new URL(url).pathname));
}

/** Shows it: aloud when nobody on this phone has announced it, silently otherwise. */
async function announce(push: Push): Promise<void> {
  const pages = await openPages();
  const inFront = pages.filter((page) => page.visibilityState === "visible");
  for (const page of pages) if (!inFront.includes(page)) page.postMessage({ push });
  const taken = await Promise.all(inFront.map((page) => ask(page, push)));
  const byPage = taken.some(Boolean);
  // two pushes at once must not both look before either has shown
  const mine = turn.then(() => showInTurn(push, byPage));
  turn = mine.catch(() => undefined);
  await mine;
  if (byPage) for (const page of inFront) page.postMessage({ shown: push.alert_id });
}

let turn: Promise<void> = Promise.resolve();

async function showInTurn(sent: Push, byPage: boolean): Promise<void> {
  const [shown] = await self.registration.getNotifications({ tag: sent.alert_id });
  const last = shown?.data as Push | undefined;
  const push = last && isAfterDanger(last, sent) ? await worded(sent) : sent;
  if (!byPage && (await mayAnnounce(toldOf(sent)))) return show(push, false);
  await show(stands(last, push, byPage), true);
}

const isAfterDanger = (last: Push, push: Push) => whyOf(last) === "danger" && whyOf(push) === "update";

/**
 * An update after danger is the all-clear, or news while the danger goes on. A push has no word for either; the
 * server has, and without its answer it is news.
 */
async function worded(push: Push): Promise<Push> {
  const open = await http.alerts().catch(() => []);
  const alert = open.find(({ id }) => id === push.alert_id);
  if (!alert) return push;
  if (isDanger(alert)) return { ...push, type: "danger" };
  return isSafe(alert) && alert.all_clear_at_ms > 0 ? { ...push, type: "all_clear" } : push;
}

async function show(push: Push, silent: boolean): Promise<void> {
  const [language = "en", device] = await Promise.all([kept("language"), kept("device_id")]);
  const { title, options } = noticeOf(push, language, silent, device);
  await self.registration.showNotification(title, options);
}

/** A closed page keeps no place of what is over. */
async function forget(push: Push): Promise<void> {
  const why = whyOf(push);
  if (why === "test" || why === "attention") return;
  const told = toldOf(push);
  if (why === "stand_down") await change("alerts", (saved) => afterStandDown(saved, told, Date.now()));
  // a page that is open asks by itself
  if ((await openPages()).length > 0 || !keepsPlaces(await kept("alerts"))) return;
  try {
    const open = await http.alerts();
    await change("alerts", (saved) => afterList(saved, open, Date.now()));
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) await keep("alerts", undefined);
  }
}

/** The browser may have changed this phone's address without a word. */
async function renew(): Promise<void> {
  const device = await kept("device_id");
  if (device) await renewPush(self.registration, device).catch(() => undefined);
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
      for (const page of await openPages()) page.postMessage({ push });
    } else {
      const version = Number(push.version) || 0;
      await http.say(device, { alert_id: push.alert_id, verb: "received", at_ms: Date.now(), version });
    }
  } catch {
    // no network, or over already: nothing that a worker could do about it
  }
}

async function openPage(): Promise<void> {
  const [page] = await openPages();
  if (page) await page.focus();
  else await self.clients.openWindow(PAGE);
}
