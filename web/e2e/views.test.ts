// Every view, light and dark: nothing for axe to find, and a picture to look at.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Alert, Incident } from "../desk/src/api/types.ts";
import { complaints, inTheme, launch, mapDrawn, newContext, shot, THEMES, tellOf } from "./browser.ts";
import { collisions } from "./collisions.ts";
import { madeUpIncident } from "./made-up.ts";
import { Stub } from "./stub.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
let stub: Stub;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

async function axe(page: Page): Promise<string[]> {
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

/** Changes an incident, and tells the page. */
function put(n: number, part: Partial<Incident>): void {
  const incident = stub.incidents.get(`incident-${n}`);
  if (incident) stub.change({ ...incident, version: incident.version + 1, ...part }, "changed");
}

/** Everything that can be said of somebody who said yes, in one incident. */
function lanes(): void {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const incident = stub.incidents.get("incident-2");
  const [first] = incident?.alerts ?? [];
  if (!first) return;
  const ways: Partial<Alert>[] = [
    { state: "on_scene", with_patient_at: ago(60) },
    { state: "en_route", left: true, position_at: ago(2), eta_s: 15, presence: "at_address" },
    { state: "en_route", left: true, position_at: ago(40), eta_s: 130 },
    { state: "accepted", left: false, position_at: ago(4), eta_s: 240 },
    { state: "accepted", left: false, position_at: null },
    { state: "en_route", left: true, position_at: ago(400), heard_at: ago(400), doubtful: true, eta_s: 90 },
    { state: "en_route", left: true, position_at: ago(9), in_danger: true, danger_at: ago(50), eta_s: 170 },
    { state: "finished", finish_reason: "had_to_leave" },
    { state: "stood_down", stood_down_because: "by_desk" },
  ];
  const alerts = ways.map((way, n) => ({
    ...first,
    with_patient_at: null,
    ...way,
    id: `way-${n}`,
    responder_id: `w-${n}`,
  }));
  put(2, { alerts, danger: true, scene: "unsafe" });
}

async function german(page: Page): Promise<void> {
  await page.getByRole("button", { name: "ann" }).first().click();
  await page.getByLabel("Language").selectOption("de");
}

/** Pairs of these that lie on each other. */
const overlapping = (page: Page, selector: string) =>
  page.locator(selector).evaluateAll((all) => {
    const found: string[] = [];
    const boxes = all.map((one) => ({ one, box: one.getBoundingClientRect() }));
    for (const [n, a] of boxes.entries()) {
      for (const b of boxes.slice(n + 1)) {
        const x = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const y = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (x > 1 && y > 1) found.push(`${a.one.textContent} / ${b.one.textContent}`);
      }
    }
    return found;
  });

const VIEWS: Record<string, (page: Page) => Promise<void>> = {
  list: async () => undefined,
  covered: async (page) => {
    await page.locator('a[href="#/incident/incident-0"]').click();
    await page.locator(".timeline .event").first().waitFor();
  },
  nobody: async (page) => {
    await page.locator('.row[href="#/incident/incident-3"]').click();
    await page.locator(".timeline .event").first().waitFor();
  },
  close: async (page) => {
    await page.locator('a[href="#/incident/incident-2"]').click();
    await page.getByRole("button", { name: "Close …" }).click();
    await page.locator(".does").waitFor();
  },
  duplicate: async (page) => {
    // two calls from one street
    const { location } = madeUpIncident(2);
    stub.change({ ...madeUpIncident(6), version: 2, location }, "place_moved");
    await page.locator('a[href="#/incident/incident-2"]').click();
    await page.getByRole("button", { name: "Duplicate …" }).click();
    await page.locator(".does", { hasText: "The one that stays then has" }).waitFor();
  },
  merged: async (page) => {
    await page.locator('a[href="#/incident/incident-2"]').click();
    await page.locator(".timeline .event").first().waitFor();
    const closed = { state: "closed", closed_at: new Date().toISOString(), outcome: "duplicate" };
    const merged = { ...madeUpIncident(2), ...closed, version: 2, duplicate_of: "incident-0" };
    stub.change(merged, "closed");
    await page
      .getByText("Closed as a duplicate of")
      .getByRole("link", { name: /1 Shore Drive/ })
      .waitFor();
  },
  form: async (page) => {
    await page.keyboard.press("n");
    await page.locator("#place").fill("-76.06, 36.84");
    await page.locator(".ask").waitFor();
  },
  coverage: async (page) => {
    await page.locator(".maptools label", { hasText: "5 min" }).click();
    await page.locator(".legend summary").click();
  },
  german: async (page) => {
    await german(page);
    await page.locator('a[href="#/incident/incident-0"]').click();
    await page.locator(".timeline .event").first().waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
    await page.getByRole("heading", { name: "Verlauf" }).waitFor();
  },
  timeline: async (page) => {
    await page.locator('a[href="#/incident/incident-0"]').click();
    await page.locator(".timeline .event").first().waitFor();
    await page.locator(".timeline").scrollIntoViewIfNeeded();
    await page.locator(".people h2").evaluate((head) => head.scrollIntoView());
  },
  // somebody is there, one stands still, one is silent, one by position only, one reported danger
  people: async (page) => {
    lanes();
    await page.locator('.row[href="#/incident/incident-2"]').click();
    await page.getByText("at the address, not confirmed").first().waitFor();
    await page
      .getByText(/not heard from since/)
      .first()
      .waitFor();
    expect(await overlapping(page, ".lanename, .lanewhen, .lane .track, .axis b")).toEqual([]);
    await page.locator(".approach").evaluate((box) => box.scrollIntoView());
  },
  "people-german": async (page) => {
    lanes();
    await german(page);
    await page.locator('.row[href="#/incident/incident-2"]').click();
    await page.getByText("an der Adresse, nicht bestätigt").first().waitFor();
    expect(await overlapping(page, ".lanename, .lanewhen, .lane .track, .axis b")).toEqual([]);
    await page.locator(".approach").evaluate((box) => box.scrollIntoView());
  },
  safe: async (page) => {
    lanes();
    await page.locator('.row[href="#/incident/incident-2"]').click();
    await page.getByRole("button", { name: "Safe …" }).click();
    await page.getByText(/^Still reported in danger: Person/).waitFor();
    const go = page.getByRole("button", { name: "Scene is safe" });
    expect(await go.isDisabled()).toBe(true);
    await page.getByLabel("I have read this").check();
    expect(await go.isDisabled()).toBe(false);
  },
  override: async (page) => {
    const held = { held_reasons: ["scene_unsafe"], scene: "unsafe", danger: true };
    put(5, held);
    await page.locator('.row[href="#/incident/incident-5"]').click();
    await page.getByRole("button", { name: "Release all the same …" }).click();
    await page.getByText(/^People are asked although the scene is unsafe/).waitFor();
    expect(await page.getByRole("button", { name: "Release …" }).count()).toBe(0);
  },
  details: async (page) => {
    await page.locator('.row[href="#/incident/incident-2"]').click();
    await page.getByRole("button", { name: "Correct …" }).click();
    await page.locator("#details-place").fill("36.90, -76.02");
    await page.getByText(/^People are looked for anew from there/).waitFor();
    await page.getByLabel("Address is still right").waitFor();
  },
  moved: async (page) => {
    const incident = stub.incidents.get("incident-2");
    put(2, { address: { ...incident?.address, doubtful: true } });
    await page.locator('.row[href="#/incident/incident-2"]').click();
    await page.getByText("Door code of the old address").waitFor();
    await page.getByRole("button", { name: "Address is still right" }).scrollIntoViewIfNeeded();
  },
  done: async (page) => {
    const incident = stub.incidents.get("incident-4");
    const finished = { state: "finished", finish_reason: "ems_took_over" };
    put(4, { alerts: incident?.alerts.map((alert) => ({ ...alert, ...finished })) ?? [] });
    await page.locator('.row[href="#/incident/incident-4"]').click();
    await page.getByText("It was said that nobody is needed any more").waitFor();
    await page.locator(".people h2").evaluate((head) => head.scrollIntoView());
    await page.getByRole("button", { name: "Was a mistake …" }).first().click();
    await page.getByText(/^Puts Person/).waitFor();
  },
  history: async (page) => {
    await page.goto(`${stub.url}/desk/#/history`);
    await page.locator(".history .row").first().waitFor();
  },
  "history-none": async (page) => {
    await page.goto(`${stub.url}/desk/#/history`);
    await page.getByLabel("Kind").selectOption("drowning");
    await page.getByText("None is found.").waitFor();
  },
  "history-lost": async (page) => {
    await page.route("**/v1/incidents?state=closed*", (route) => route.abort());
    await page.goto(`${stub.url}/desk/#/history`);
    await page.locator(".history .error").waitFor();
  },
  past: async (page) => {
    await page.goto(`${stub.url}/desk/#/incident/closed-0`);
    await page.locator(".timeline .event").first().waitFor();
  },
  // its private part is gone
  "past-forgotten": async (page) => {
    await page.goto(`${stub.url}/desk/#/incident/closed-40`);
    await page.locator(".timeline .event").first().waitFor();
  },
  menu: async (page) => page.getByRole("button", { name: "ann" }).first().click(),
  lost: async (page) => {
    stub.down = true;
    stub.cut();
    await page.locator(".loststrip").waitFor();
  },
};

/** The views in which the map is looked at. In the others it is left out: it is drawn slowly without a graphics card. */
const WITH_MAP = ["list", "covered", "form", "coverage", "lost"];

test.each(Object.keys(VIEWS))("%s", async (name) => {
  stub = await Stub.start(24);
  const context = await newContext(browser);
  const page = await context.newPage();
  const drawn = WITH_MAP.includes(name) ? mapDrawn : async () => undefined;
  if (!WITH_MAP.includes(name)) await page.route("**/desk-map-*.js", (route) => route.abort());
  const heard = complaints(page);
  try {
    await page.goto(`${stub.url}/desk/`);
    await page.locator(".row").first().waitFor();
    await drawn(page);
    await VIEWS[name]?.(page);
    for (const theme of THEMES) {
      await inTheme(page, theme);
      await drawn(page);
      await shot(page, `${name}-${theme}`);
      expect(await axe(page), theme).toEqual([]);
    }
    expect(heard).toEqual([]);
  } catch (error) {
    await tellOf(page);
    throw error;
  } finally {
    await context.close();
    await stub.stop();
  }
});

test("sign-in", async () => {
  stub = await Stub.start(0);
  stub.signedOut = true;
  const context = await newContext(browser);
  const page = await context.newPage();
  try {
    await page.goto(`${stub.url}/desk/`);
    await page.locator("#token").fill("nonsense");
    await page.keyboard.press("Enter");
    await page.locator(".error", { hasText: /./ }).waitFor();
    for (const theme of THEMES) {
      await inTheme(page, theme);
      await shot(page, `sign-in-${theme}`);
      expect(await axe(page), theme).toEqual([]);
    }
  } finally {
    await context.close();
    await stub.stop();
  }
});

/** A control room's older desk, a newer one, the older one at 200 %, and what a deputy has in the field. */
const SIZES = {
  "1366": [1366, 768],
  "1920": [1920, 1080],
  "200 %": [683, 384],
  landscape: [844, 390],
  portrait: [390, 844],
} as const;
/** Views by what is pressed, in any language. */
const LAID_OUT: Record<string, (page: Page) => Promise<void>> = {
  list: async () => undefined,
  covered: async (page) => {
    await page.goto(`${stub.url}/desk/#/incident/incident-0`);
    await page.locator(".timeline .event").first().waitFor();
  },
  nobody: async (page) => {
    await page.goto(`${stub.url}/desk/#/incident/incident-3`);
    await page.locator(".timeline .event").first().waitFor();
  },
  way: async (page) => {
    await page.goto(`${stub.url}/desk/#/incident/incident-6`);
    await page.locator(".lane").first().waitFor();
  },
  close: async (page) => {
    await page.goto(`${stub.url}/desk/#/incident/incident-2`);
    await page.locator(".actions button").last().click();
    await page.locator(".does").waitFor();
  },
  history: async (page) => {
    await page.goto(`${stub.url}/desk/#/history`);
    await page.locator(".history .row").first().waitFor();
  },
  past: async (page) => {
    await page.goto(`${stub.url}/desk/#/incident/closed-0`);
    await page.locator(".timeline .event").first().waitFor();
  },
  "follow-ups": async (page) => {
    await page.goto(`${stub.url}/desk/#/follow-ups`);
    await page.locator(".said blockquote").waitFor();
  },
  form: async (page) => {
    await page.goto(`${stub.url}/desk/#/`);
    await page.keyboard.press("n");
    await page.locator("#kind").fill("chok");
    await page.locator("#place").fill("-76.06, 36.84");
    await page.locator(".ask").nth(1).waitFor();
  },
  "sign-in": async (page) => {
    stub.signedOut = true;
    await page.reload();
    await page.locator("#token").fill("nonsense");
    await page.keyboard.press("Enter");
    await page.locator(".error", { hasText: /./ }).waitFor();
    stub.signedOut = false;
  },
  legend: async (page) => {
    await page.reload();
    await page.locator(".row").first().waitFor();
    await page.locator(".maptools label").nth(3).click();
    await page.locator(".legend summary").click();
  },
};

describe.each([
  ["en", 16, "light"],
  ["de", 16, "dark"],
  ["en", 32, "dark"],
  ["de", 32, "light"],
] as const)("nothing lies on anything else: %s, type of %i points, %s", (language, type, theme) => {
  let typed: Browser;
  let page: Page;
  beforeAll(async () => {
    typed = await launch(type);
    stub = await Stub.start(24);
    page = await (await newContext(typed, theme, language)).newPage();
    // the shapes of the continents take long to draw, and lie below everything
    await page.route("**/land-10m*", (route) => route.abort());
    await page.goto(`${stub.url}/desk/`);
    await page.locator(".row").first().waitFor();
    await page.locator(".maplibregl-ctrl-scale").waitFor();
  });
  afterAll(async () => {
    await typed?.close();
    await stub?.stop();
  });

  test.each(Object.keys(LAID_OUT))("%s", async (view) => {
    await page.setViewportSize({ width: 1366, height: 768 });
    await LAID_OUT[view]?.(page);
    const found: string[] = [];
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      await page.setViewportSize({ width, height });
      const here = await collisions(page);
      found.push(...here.map((one) => `${size}: ${one}`));
      if (here.length) await shot(page, `layout-${language}-${type}-${view}-${width}`);
    }
    expect(found).toEqual([]);
  });
});
