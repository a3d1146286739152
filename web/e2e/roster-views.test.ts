// The coordinator's view of the responders, light and dark, wide and narrow: nothing for axe to find,
// and a picture to look at.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaints, inTheme, launch, newContext, SCREEN, shot, type Theme } from "./browser.ts";
import { axe } from "./phone-page.ts";
import { readQr } from "./qr.ts";
import { Stub } from "./stub.ts";

/** A desk at 400 %, as WCAG 1.4.10 counts it. */
const NARROW = { width: 320, height: 720 };

let browser: Browser;
let stub: Stub;
beforeAll(async () => {
  browser = await launch();
  stub = await Stub.start(8);
});
afterAll(async () => {
  await browser?.close();
  await stub?.stop();
});

const to = async (page: Page, hash: string, selector: string) => {
  await page.goto(`${stub.url}/desk/#/${hash}`);
  await page.locator(selector).first().waitFor();
};
const press = (page: Page, name: RegExp) => page.getByRole("button", { name }).click();

const VIEWS: Record<string, (page: Page) => Promise<void>> = {
  overview: (page) => to(page, "responders", ".overview .counts"),
  enrol: async (page) => {
    await to(page, "responders/new", "#enrol-name");
    await page.locator("#enrol-id").fill("a b");
    await press(page, /^(Enrol|Aufnehmen)$/);
    await page.locator("#enrol-id[aria-invalid=true]").waitFor();
  },
  person: (page) => to(page, "responder/p-001", ".device"),
  suspend: async (page) => {
    await to(page, "responder/p-001", ".device");
    await press(page, /^(Suspend|Sperren) …$/);
    await page.locator(".confirm").waitFor();
  },
  remove: async (page) => {
    await to(page, "responder/p-001", ".device");
    await press(page, /^(Remove this phone|Dieses Telefon entfernen) …: .*Android/);
    await page.locator(".device .confirm").waitFor();
  },
  change: async (page) => {
    await to(page, "responder/p-001", ".device");
    await press(page, /^(Change|Ändern) …$/);
    await page.locator("#enrol-name").fill(" ");
    await press(page, /^(Save|Speichern)$/);
    await page.locator("#enrol-name[aria-invalid=true]").waitFor();
  },
  code: async (page) => {
    await to(page, "responder/p-004", ".makes");
    await press(page, /^(Make a sign-in code|Anmeldecode machen)$/);
    await page.locator(".handout .qr").waitFor();
  },
  owntracks: async (page) => {
    await to(page, "responder/p-001", ".tracker");
    await press(page, /^(Make a tracker|Tracker machen)$/);
    await page.locator(".handout .qr").waitFor();
  },
  traccar: async (page) => {
    await to(page, "responder/p-001", ".tracker");
    await page.locator(".choice label", { hasText: "Traccar" }).click();
    await press(page, /^(Make a tracker|Tracker machen)$/);
    await page.locator("#made-device").waitFor();
  },
  "follow-ups": (page) => to(page, "follow-ups", ".said blockquote"),
  "follow-ups-none": async (page) => {
    await page.route("**/v1/follow-ups?*", (route) =>
      route.fulfill({ json: { items: [], next: null, waiting: 0, mine: 0 } }),
    );
    await to(page, "follow-ups", ".follow-ups .good");
  },
  "follow-ups-lost": async (page) => {
    await page.route("**/v1/follow-ups?*", (route) => route.abort());
    await to(page, "follow-ups", ".follow-ups .error");
  },
  unknown: async (page) => {
    await to(page, "responders", ".overview .counts");
    await page.route("**/v1/readiness", (route) => route.abort());
    await press(page, /^(Count again|Neu zählen)$/);
    await page.locator(".ready-unknown").waitFor();
  },
};

/** What each language is looked at in: a name, a theme and a screen. */
const LOOKS: Record<string, [string, Theme, { width: number; height: number }][]> = {
  en: [
    ["light", "light", SCREEN],
    ["narrow-dark", "dark", NARROW],
  ],
  de: [
    ["dark", "dark", SCREEN],
    ["narrow", "light", NARROW],
  ],
};

describe.each(Object.keys(LOOKS))("%s", (locale) => {
  test.each(Object.keys(VIEWS))("%s", async (name) => {
    const context = await newContext(browser, "light", locale);
    const page = await context.newPage();
    const heard = complaints(page);
    // it would be drawn below what is looked at here, slowly without a graphics card
    await page.route("**/desk-map-*.js", (route) => route.abort());
    try {
      await VIEWS[name]?.(page);
      for (const [look, theme, size] of LOOKS[locale] ?? []) {
        await page.setViewportSize(size);
        await inTheme(page, theme);
        await shot(page, `roster-${name}-${look}`);
        expect(await axe(page), look).toEqual([]);
        // nothing is cut off, and nothing must be scrolled in two directions
        const wide = await page.evaluate(() =>
          [document.documentElement, ...document.querySelectorAll(".side, .people-list, .rosterside")]
            .filter((part) => part.scrollWidth > part.clientWidth)
            .map((part) => part.className || part.tagName),
        );
        expect(wide, look).toEqual([]);
        if (name === "code")
          expect(await readQr(page, page.locator(".qr"))).toBe(`${stub.url}/phone/#code=7K3Q-9FMB-T2XC`);
      }
      expect(heard).toEqual([]);
    } finally {
      await context.close();
    }
  });
});

test("the list is read by pages, and everybody is found by the server", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await to(page, "responders", ".people-list .row");
  const rows = page.locator(".people-list .row");
  const found = () => page.locator(".howmany").textContent();
  expect(await rows.count()).toBe(200);
  // somebody who is on no page that was read
  await page.locator("#find").fill("novak p-229");
  await expect.poll(found).toBe("One is found.");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("#person-name").textContent()).toBe("Jale Novak");
  await page.keyboard.press("Escape");
  await page.locator("#find").fill("p-999");
  await expect.poll(found).toBe("Nobody is found.");
  await page.locator("#find").fill("berg");
  await page.getByLabel("Enrolment").selectOption("pending");
  await expect.poll(found).toBe("3 are found.");
  await shot(page, "roster-found-light");
  expect(await axe(page)).toEqual([]);
  await page.locator("#find").press("Enter");
  await expect.poll(() => page.locator("#find-hint").textContent()).toMatch(/^Several/);
  await press(page, /^Show everybody$/);
  await expect.poll(() => rows.count()).toBe(200);
  // an answer that comes late is not shown as one to what was typed since
  let slow: () => void = () => undefined;
  await page.route("**/v1/responders?*q=anna*", async (route) => {
    await new Promise<void>((go) => {
      slow = go;
    });
    await route.continue().catch(() => undefined);
  });
  const late = page.waitForRequest(/q=anna/);
  await page.locator("#find").fill("anna");
  await late;
  expect(await found()).toBe("Reading …");
  await page.locator("#find").fill("ben");
  await expect.poll(found).toBe("23 are found.");
  slow();
  await press(page, /^Show everybody$/);
  await expect.poll(() => rows.count()).toBe(200);
  await press(page, /^Read more/);
  await expect.poll(() => rows.count()).toBe(230);
  // by keyboard from row to row, and back to where one was
  await page.locator("#people-title").focus();
  await rows.first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("#person-name").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".overview").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("href"))).toBe("#/responder/p-070");
  await page.keyboard.press("Escape");
  await page.locator(".list .row").first().waitFor();
  expect(new URL(page.url()).hash).toBe("");
  await context.close();
});

test("on paper stands what is handed over, and nothing else", async () => {
  const context = await newContext(browser, "dark");
  const page = await context.newPage();
  await VIEWS.code?.(page);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await shot(page, "roster-code-print");
  expect(
    await page.locator(".bar, .people-list, .facts, .handout button").filter({ visible: true }).count(),
  ).toBe(0);
  expect(await page.locator(".code").isVisible()).toBe(true);
  expect(await readQr(page, page.locator(".qr"))).toBe(`${stub.url}/phone/#code=7K3Q-9FMB-T2XC`);
  await context.close();
});
