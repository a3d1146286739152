// From the raise to the picture on a connected phone: the built server, the real page, a real browser. Incidents
// are raised at a steady pace whatever became of those before. Counts are judged here; times are printed.
import { setTimeout as pause } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch } from "./browser.ts";
import { built } from "./built.ts";
import { Line, now, Times } from "./figures.ts";
import { enter, HERE, newPhone, steps } from "./phone-page.ts";
import { PlansFile } from "./plans.ts";
import { type Caller, type Muster, startMuster } from "./server.ts";

/** How many alerts are counted; `make phone-figures` asks for more. */
const ALERTS = Number(process.env.PHONE_ALERTS ?? 20);
/** And first so many that are not: caches are cold, and the phone's first position is on its way. */
const WARM = 3;
/** One incident in so many milliseconds. */
const EVERY_MS = 500;
/** An alert that is not shown by then is lost, milliseconds. */
const PATIENCE_MS = 30_000;

let plans: PlansFile;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let muster: Muster;
let desk: Caller;
let line: Line;
let heard: string[];
beforeAll(async () => {
  // who is still busy with the incident before, because the machine stood still, is found soon after it
  plans = new PlansFile(0.25);
  [browser, muster, line] = await Promise.all([
    launch(),
    startMuster({ MUSTER__PLANS_FILE: plans.path }),
    Line.start(),
  ]);
  desk = muster.as("coordinator", "ann");
});
afterAll(async () => {
  await context?.close();
  await Promise.all([browser?.close(), muster?.stop(), line?.stop()]);
  plans?.remove();
});

/** Anna, whom a push can reach on another phone, and her page in a browser, connected. */
async function connect(): Promise<void> {
  await desk("POST", "/responders", { id: "anna", name: "Anna Berg", skills: ["bls"], travel: "foot" });
  await desk("POST", "/responders/anna/verify");
  const anna = muster.as("responder", "anna");
  await anna("PUT", "/me/devices/other", { platform: "android", push: { fcm_token: "made-up" } });
  await anna("PUT", "/me/duty", { on: true });
  const { path } = (await desk("POST", "/responders/anna/enrolment")) as { path: string };
  // the page's policy forbids lines to other servers, and the floor is one
  context = await newPhone(browser, "light", "en", { bypassCSP: true });
  page = await context.newPage();
  heard = complaints(page);
  await enter(page, `${muster.url}${path}`);
  await steps(page);
  const readiness = async () => (await desk("GET", "/readiness")) as { connected: number };
  await expect.poll(async () => (await readiness()).connected).toBe(1);
}

/** One incident from its raise to its close. */
interface Raised {
  began: number;
  late: number;
  answered: number;
  /** The one alert. */
  alert: string;
}
interface Incident {
  id: string;
  alerts: { id: string }[];
}

/** Raises one when it is due, and closes it half a beat later, or as soon as its alert was shown. */
async function raise(n: number, due: number): Promise<Raised> {
  const location = { lat: HERE.latitude + 0.0009, lon: HERE.longitude };
  const call = { kind: "cardiac_arrest", location, scene: "safe" };
  const began = now();
  let incident = (await desk("POST", "/incidents", call, { "idempotency-key": `call-${n}` })) as Incident;
  const answered = now();
  await until(due + EVERY_MS / 2);
  const patience = { timeout: PATIENCE_MS };
  // the phone may still be busy with the one before, if the machine stood still
  await expect
    .poll(async () => {
      if (!incident.alerts.length) incident = (await desk("GET", `/incidents/${incident.id}`)) as Incident;
      return incident.alerts.length;
    }, patience)
    .toBe(1);
  const alert = incident.alerts[0]?.id ?? "";
  await expect.poll(() => line.shown.some((one) => one.alert === alert), patience).toBe(true);
  await desk("POST", `/incidents/${incident.id}/close`, { outcome: "false_alarm" });
  return { began, late: Math.max(0, began - due), answered, alert };
}

const until = (at: number) => pause(Math.max(0, at - now()));

test(
  `${ALERTS} alerts, one every ${EVERY_MS} ms: each is shown once`,
  async () => {
    await connect();
    await line.to(page);
    const running: Promise<Raised>[] = [];
    const start = now() + EVERY_MS;
    for (let n = 0; n < WARM + ALERTS; n++) {
      const due = start + n * EVERY_MS;
      await until(due);
      running.push(raise(n, due));
      // between two alerts, under the same load
      await until(due + EVERY_MS * 0.75);
      if (n >= WARM) line.say(`word ${n}`);
    }
    const raised = await Promise.all(running);
    await expect.poll(() => line.words.count, { timeout: PATIENCE_MS }).toBe(ALERTS);

    // nothing lost, nothing twice
    expect(raised.length).toBe(WARM + ALERTS);
    expect(line.shown.map(({ alert }) => alert).toSorted()).toEqual(
      raised.map(({ alert }) => alert).toSorted(),
    );
    // a browser without a profile says so of its pushes
    expect(heard.filter((one) => !/Push API/.test(one))).toEqual([]);

    const { ahead, within } = line.clocks();
    expect(within).toBeGreaterThanOrEqual(0);
    const pictures = new Map(line.shown.map(({ alert, at }) => [alert, at]));
    const [picture, answer, late] = [new Times(), new Times(), new Times()];
    for (const one of raised.slice(WARM)) {
      picture.add((pictures.get(one.alert) ?? Number.NaN) - one.began);
      answer.add(one.answered - one.began);
      late.add(one.late);
    }
    const { profile } = built("muster");
    process.stdout.write(
      [
        `phone: ${profile} build, Chromium ${browser.version()}, one incident every ${EVERY_MS} ms\n`,
        "| from when the raise was sent | n | p50 | p90 | p99 | max |",
        "| --- | --- | --- | --- | --- | --- |",
        picture.line("→ picture on the connected phone", ahead),
        answer.line("→ 201"),
        line.words.line("floor: a word over a bare WebSocket → picture", ahead),
        late.line("raises sent late by"),
        "",
        `the page's clock was ${ahead.toFixed(2)} ms ahead, taken off; known within ${within.toFixed(2)} ms\n`,
      ].join("\n"),
    );
  },
  60_000 + PATIENCE_MS + (WARM + ALERTS) * EVERY_MS * 2,
);
