// A phone in a real browser: its size, its touch, its position, and the alerts that it is sent.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Alert } from "../phone/src/api/types.ts";
import { complaints, launch, type Theme } from "./browser.ts";
import { CODE, PhoneStub } from "./phone-stub.ts";

/** No step of a test waits longer, milliseconds. */
export const DEADLINE_MS = 30_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const HERE = { latitude: 36.85, longitude: -75.975 };

/** A phone of a common size that may be asked for its position. */
export async function newPhone(
  browser: Browser,
  theme: Theme = "light",
  locale = "en",
  more: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    ...more,
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    colorScheme: theme,
    locale,
    reducedMotion: "reduce",
    geolocation: { ...HERE, accuracy: 12 },
    permissions: ["geolocation", "notifications"],
    timezoneId: "Europe/Berlin",
  });
  context.setDefaultTimeout(DEADLINE_MS);
  return context;
}

/** One phone and its server, made anew for each test. */
interface Phone {
  stub: PhoneStub;
  context: BrowserContext;
  page: Page;
  /** What the page complained about; nothing, at the end of each test. */
  heard: string[];
}

/** Gives each test of a file a phone of its own. */
export function everyPhone(): Phone {
  const phone = {} as Phone;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    phone.stub = await PhoneStub.start();
    phone.context = await newPhone(browser);
    phone.page = await phone.context.newPage();
    phone.heard = complaints(phone.page);
  });
  afterEach(async () => {
    await phone.context.close();
    await phone.stub.stop();
    expect(phone.heard).toEqual([]);
  });
  return phone;
}

/** Asks again until it is so; a slow machine may take its time. */
export const poll = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: DEADLINE_MS });

/** Opens the page by the desk's link and signs in. */
export async function enter(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("button", { name: /^(Sign in|Anmelden)$/ }).tap();
  await page.locator(".set-up[data-step]").waitFor();
}

/** Goes through the steps, and is connected. */
export async function steps(page: Page): Promise<void> {
  for (const step of ["notifications", "position", "sound"]) {
    await page.locator(`.set-up[data-step="${step}"]`).waitFor();
    await page.getByRole("button", { name: /^(Next|Finish|Weiter|Fertig)$/ }).tap();
  }
  await page.locator(".duty.is-on").waitFor();
}

export const signIn = (page: Page, stub: PhoneStub) => enter(page, `${stub.url}/phone/#code=${CODE}`);

/** Signed in, gone through the steps, connected. */
export async function home(page: Page, stub: PhoneStub): Promise<void> {
  await signIn(page, stub);
  await steps(page);
}

/** The service worker has the page's files and rules the page. */
export const worker = (page: Page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((done) =>
      navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }),
    );
  });

/** Holds the button down until the answer is on its way. */
export async function hold(page: Page, name: string | RegExp, until: string): Promise<void> {
  const button = page.getByRole("button", { name });
  const box = await button.boundingBox();
  if (!box) throw new Error(`no button ${name}`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.locator(until).waitFor();
  await page.mouse.up();
}

/** What axe finds against WCAG 2.2 AA and its own good practice. */
export async function axe(page: Page): Promise<string[]> {
  // by the debugger, which the page's own policy does not bind
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
  );
}

/** An alert as it is sent; its clock says the hour of the server. */
export function madeUpAlert(part: Partial<Alert> = {}): Alert {
  const now = Date.now();
  return {
    id: "a1",
    incident_id: "i1",
    version: 1,
    kind: "cardiac_arrest",
    patient_group: "adult",
    role: "cpr",
    state: "sent",
    exercise: false,
    danger: false,
    still_going_asked: false,
    sent_at_ms: now,
    answer_by_ms: now + 45_000,
    expires_at_ms: now + 600_000,
    expires_in_s: 600,
    distance_m: 400,
    eta_s: 240,
    position: "live",
    approximate_location: { lat: 36.853, lon: -75.978, radius_m: 530 },
    message: "",
    with_patient_at_ms: 0,
    scene: "unknown",
    override: false,
    answer_in_s: 45,
    in_danger: false,
    all_clear_at_ms: 0,
    replaces: [],
    ended_because: "",
    outcome: "",
    position_at_ms: 0,
    ...part,
  };
}

/** What a yes discloses. */
export const DISCLOSED: Partial<Alert> = {
  distance_m: 342,
  eta_s: 205,
  location: { lat: 36.8529, lon: -75.978, uncertainty_m: 15 },
  address: {
    line: "1 Main Street",
    place_name: "Harbour flats",
    grid: "",
    floor: "3",
    entry_code: "4711",
    notes: "Blue door, second bell from the top",
    doubtful: false,
  },
};

export const AED: NonNullable<Alert["aed"]> = {
  id: "aed-1",
  lat: 36.8535,
  lon: -75.977,
  name: "Harbour pharmacy",
  access: "Outside, left of the door. Cabinet code 2580",
  hours: "24/7",
  distance_m: 180,
};
