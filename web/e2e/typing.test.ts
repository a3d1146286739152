// Who calls the form and types at once loses no letter, however long the next picture takes.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, newContext } from "./browser.ts";
import { Stub } from "./stub.ts";

let browser: Browser;
let stub: Stub;
beforeAll(async () => {
  browser = await launch();
  stub = await Stub.start(3);
});
afterAll(async () => {
  await browser?.close();
  await stub?.stop();
});

test("the form has the next key before the next picture", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(`${stub.url}/desk/`);
  await page.locator(".row").first().waitFor();
  const focused = await page.evaluate(async () => {
    // no picture comes any more: what waits for one never runs
    window.requestAnimationFrame = () => 0;
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
    await new Promise((next) => setTimeout(next));
    return document.activeElement?.id;
  });
  expect(focused).toBe("kind");
  await context.close();
});
