// Every view of the phone, light and dark: nothing for axe to find, and a picture to look at.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, inTheme, launch, shot, THEMES } from "./browser.ts";
import { AED, axe, DISCLOSED, home, madeUpAlert, newPhone } from "./phone-page.ts";
import { PhoneStub } from "./phone-stub.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const on = (state: string, part = {}) => madeUpAlert({ ...DISCLOSED, state, version: 2, ...part });
const tab = async (page: Page, name: string) => page.getByRole("button", { name, exact: true }).tap();

const VIEWS: Record<string, (page: Page, stub: PhoneStub) => Promise<void>> = {
  alert: async (page, stub) => {
    stub.news("alert", madeUpAlert());
    await page.locator(".alert .hold").waitFor();
  },
  exercise: async (page, stub) => {
    stub.news(
      "alert",
      madeUpAlert({ exercise: true, role: "aed", kind: "unconscious", patient_group: "child" }),
    );
    await page.locator(".alert.is-exercise").waitFor();
  },
  sure: async (page, stub) => {
    stub.news("alert", madeUpAlert({ state: "lapsed" }));
    await page.getByRole("button", { name: /I am coming/ }).tap();
    await page.locator(".hold-asking").waitFor();
  },
  accepted: async (page, stub) => {
    stub.news("state", on("accepted"));
    await page.locator(".engaged").waitFor();
  },
  aed: async (page, stub) => {
    stub.news("state", on("en_route", { role: "aed", aed: AED }));
    await page.locator(".card.aed").waitFor();
  },
  update: async (page, stub) => {
    stub.news("state", on("en_route"));
    await page.locator(".engaged").waitFor();
    stub.news(
      "update",
      on("en_route", { version: 3, message: "Use the back entrance", still_going_asked: true }),
    );
    await page.locator(".card.fresh").waitFor();
  },
  below: async (page, stub) => {
    stub.news("state", on("on_scene"));
    await page.locator(".hold.leave").scrollIntoViewIfNeeded();
  },
  map: async (page, stub) => {
    stub.news("state", on("en_route", { role: "aed", aed: AED }));
    await page.getByRole("button", { name: "Show map" }).tap();
    await page.locator(".mapbox[data-drawn]").waitFor({ timeout: 60_000 });
    await page.locator(".mapframe").scrollIntoViewIfNeeded();
  },
  "stood-down": async (page, stub) => {
    stub.news("state", on("en_route"));
    await page.locator(".engaged").waitFor();
    stub.news("stand_down", madeUpAlert({ state: "stood_down", version: 5 }));
    await page.locator(".stop").waitFor();
  },
  danger: async (page, stub) => {
    stub.news("state", on("en_route"));
    await page.locator(".engaged").waitFor();
    stub.news("danger", on("en_route", { version: 5, danger: true }));
    await page.locator(".stop-danger").waitFor();
  },
  "in-danger": async (page, stub) => {
    stub.news("state", on("on_scene", { danger: true, in_danger: true }));
    await page.locator(".danger-card .safe").waitFor();
    await page.evaluate(() => scrollTo(0, 0));
  },
  "all-clear": async (page, stub) => {
    stub.news("state", on("en_route"));
    await page.locator(".engaged").waitFor();
    stub.news("danger", on("en_route", { version: 5, danger: true }));
    await page.locator(".stop-danger").waitFor();
    stub.news("update", on("en_route", { version: 6, all_clear_at_ms: Date.now() }));
    await page.locator(".stop-all_clear").waitFor();
  },
  overridden: async (page, stub) => {
    stub.news("alert", madeUpAlert({ danger: true, scene: "unsafe", override: true }));
    await page.getByRole("button", { name: /I am coming/ }).tap();
    await page.getByRole("button", { name: "Yes, I am coming" }).tap();
    await page.locator(".answers.again").waitFor();
  },
  welcome: async (page, stub) => {
    stub.news("alert", madeUpAlert({ answer_in_s: 0 }));
    await page.getByText("Still welcome").waitFor();
  },
  moved: async (page, stub) => {
    const address = { ...DISCLOSED.address, doubtful: true } as NonNullable<typeof DISCLOSED.address>;
    stub.news("state", on("en_route"));
    await page.locator(".engaged").waitFor();
    const moved_from = { lat: 36.86, lon: -75.98, uncertainty_m: 10 };
    stub.news("update", on("en_route", { version: 3, moved_from, address }));
    await page.locator(".place.is-doubtful").waitFor();
  },
  near: async (page, stub) => {
    stub.news("state", on("en_route", { location: { lat: 36.8502, lon: -75.975, uncertainty_m: 5 } }));
    await page.locator(".card.near").waitFor();
  },
  finish: async (page, stub) => {
    stub.news("state", on("on_scene", { with_patient_at_ms: Date.now() }));
    await page.locator('.step[data-step="finish"]').tap();
    await page.locator(".reasons").waitFor();
  },
  after: async (page, stub) => {
    stub.news("state", on("on_scene"));
    await page.locator(".engaged").waitFor();
    stub.news("state", madeUpAlert({ state: "finished", version: 5 }));
    await page.locator("label", { hasText: "Shaken" }).tap();
    await page.evaluate(() => document.querySelector(".after")?.scrollTo(0, 0));
  },
  offline: async (page, stub) => {
    stub.news("state", on("accepted"));
    await page.locator(".engaged").waitFor();
    stub.down = true;
    stub.cut();
    await page.locator(".strip-lost").waitFor();
    await page.locator(".step").tap();
  },
  home: async () => undefined,
  off: async (page) => {
    await tab(page, "Off until seven");
    await page.locator(".duty.is-off").waitFor();
  },
  ready: async (page) => {
    await tab(page, "Ready?");
    await page.locator(".check-row").first().waitFor();
  },
  badge: async (page) => {
    await tab(page, "Badge");
    await page.locator(".badge-card").waitFor();
  },
  settings: async (page) => {
    await tab(page, "Settings");
    await tab(page, "Add a night");
    await page.locator(".hours").waitFor();
  },
  places: async (page, stub) => {
    await tab(page, "Settings");
    await tab(page, "Add where I am now");
    await page.locator(".usual-place").waitFor();
    await tab(page, "Add where I am now");
    await page.getByRole("group", { name: "Place 2" }).getByText("Work").waitFor();
    await page.locator(".usual-places").getByRole("button", { name: "Save" }).tap();
    await page.getByText("Saved. You are looked for there").waitFor();
    const kept = stub.me.places as { places: { label: string; hours: { from: string }[] }[] };
    expect(kept.places.map(({ label, hours }) => [label, hours[0]?.from])).toEqual([
      ["home", "18:00"],
      ["work", "09:00"],
    ]);
    await tab(page, "Remove place 2");
    await page.locator(".usual-places").scrollIntoViewIfNeeded();
  },
  "place-asked": async (page, stub) => {
    stub.news("alert", madeUpAlert({ position: "place" }));
    await page.getByText("from where you usually are now").waitFor();
  },
  privacy: async (page) => {
    await tab(page, "Settings");
    await page.locator(".privacy summary").tap();
    await page.locator(".privacy").scrollIntoViewIfNeeded();
  },
  german: async (page, stub) => {
    await tab(page, "Settings");
    await page.getByLabel("Language").selectOption("de");
    stub.news("alert", madeUpAlert({ role: "guide" }));
    await page.getByText("Ihre Hilfe wird gebraucht").waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
  },
};

async function look(name: string, show: (page: Page, stub: PhoneStub) => Promise<void>): Promise<void> {
  const stub = await PhoneStub.start();
  const context = await newPhone(browser);
  const page = await context.newPage();
  const heard = complaints(page);
  try {
    await show(page, stub);
    for (const theme of THEMES) {
      await inTheme(page, theme);
      await shot(page, `phone-${name}-${theme}`);
      expect(await axe(page), theme).toEqual([]);
    }
    expect(heard).toEqual([]);
    expect(await tooSmall(page)).toEqual([]);
    // nothing to the side: a phone scrolls one way
    expect(await page.evaluate(sideways)).toEqual([]);
  } finally {
    await context.close();
    await stub.stop();
  }
}

test("sign-in", () =>
  look("sign-in", async (page, stub) => {
    await page.goto(`${stub.url}/phone/`);
    await page.getByLabel("Code").waitFor();
  }));

test("set-up", () =>
  look("set-up", async (page, stub) => {
    await page.goto(`${stub.url}/phone/#code=7K3Q-9FMB-T2XC`);
    await page.getByRole("button", { name: "Sign in" }).tap();
    await page.locator('.set-up[data-step="notifications"]').waitFor();
  }));

test.each(Object.keys(VIEWS))("%s", (name) =>
  look(name, async (page, stub) => {
    await home(page, stub);
    await VIEWS[name]?.(page, stub);
  }),
);

/** What is wider than its place. */
const sideways = () =>
  [document.documentElement, ...document.querySelectorAll(".scroll, .card, main")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => `${one.className}: ${one.scrollWidth}`);

/** Buttons and links that a thumb misses: under 44 points. */
const tooSmall = (page: Page) =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        "button, a[href], input:not([type=checkbox], [type=radio]), select",
      ),
    ]
      .filter((one) => !one.closest(".mapframe") && one.getClientRects().length > 0)
      .map((one) => ({ text: one.textContent?.trim() || one.tagName, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 43.5 || box.width < 43.5)
      .map(({ text, box }) => `${text}: ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
