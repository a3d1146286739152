// The service worker of a phone's page: pushes are delivered to it by the debugger, and what it shows is counted.
import type { BrowserContext, Page, Worker } from "playwright-core";

export interface Pushes {
  /** Delivers a push with this text, whatever it is. */
  deliver(data: string): Promise<void>;
  /** The worker as it runs now. */
  running(): Worker;
  /** Counts the notifications that it shows from now on: in all, and those with sound. */
  counted(): Promise<() => Promise<[number, number]>>;
}

/** Of the page that the worker of this address rules. */
export async function pushesOf(context: BrowserContext, page: Page, origin: string): Promise<Pushes> {
  const devtools = await context.newCDPSession(page);
  const found = new Promise<string>((done) =>
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const one = registrations.find(({ scopeURL }) => scopeURL === `${origin}/phone/`);
      if (one) done(one.registrationId);
    }),
  );
  await devtools.send("ServiceWorker.enable");
  const registrationId = await found;
  const running = (): Worker => {
    const one = context.serviceWorkers().at(-1);
    if (!one) throw new Error("no service worker runs");
    return one;
  };
  return {
    running,
    deliver: (data) =>
      devtools
        .send("ServiceWorker.deliverPushMessage", { origin, registrationId, data })
        .then(() => undefined),
    counted: async () => {
      const one = running();
      await one.evaluate(() => {
        const all = globalThis as unknown as { shown: boolean[] };
        all.shown = [];
        const show = ServiceWorkerRegistration.prototype.showNotification;
        ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
          all.shown.push(options?.silent !== true);
          return show.call(this, title, options);
        };
      });
      return () =>
        one.evaluate(() => {
          const { shown } = globalThis as unknown as { shown: boolean[] };
          return [shown.length, shown.filter(Boolean).length];
        });
    },
  };
}

/** What stands on the lock screen, read by a page of the same origin that is no client of the worker. */
export const notices = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration("/phone/");
    return ((await registration?.getNotifications()) ?? []).map(({ title, tag }) => `${tag}: ${title}`);
  });
