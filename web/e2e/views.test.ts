// Every view, light and dark: nothing for axe to find, and a picture to look at.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaints, launch, mapDrawn, newContext, shot, type Theme } from "./browser.ts";
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
    await page.getByRole("button", { name: "ann" }).first().click();
    await page.getByLabel("Language").selectOption("de");
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
  menu: async (page) => page.getByRole("button", { name: "ann" }).first().click(),
  lost: async (page) => {
    stub.down = true;
    stub.cut();
    await page.locator(".loststrip").waitFor();
  },
};

describe.each<Theme>(["light", "dark"])("%s", (theme) => {
  test.each(Object.keys(VIEWS))("%s", async (name) => {
    stub = await Stub.start(24);
    const context = await newContext(browser, theme);
    const page = await context.newPage();
    const heard = complaints(page);
    try {
      await page.goto(`${stub.url}/desk/`);
      await page.locator(".row").first().waitFor();
      await mapDrawn(page);
      await VIEWS[name]?.(page);
      await mapDrawn(page);
      await shot(page, `${name}-${theme}`);
      expect(await axe(page)).toEqual([]);
      expect(heard).toEqual([]);
    } finally {
      await context.close();
      await stub.stop();
    }
  });
});
