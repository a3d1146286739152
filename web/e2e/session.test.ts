// The end of a session: told before, and nothing of the page is lost by it.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, newContext, shot } from "./browser.ts";
import { type Muster, startMuster } from "./server.ts";

let browser: Browser;
let muster: Muster;
beforeAll(async () => {
  browser = await launch();
  muster = await startMuster();
});
afterAll(async () => {
  await browser?.close();
  await muster?.stop();
});

/** Signed in for so many seconds, with a form that is begun. */
async function begun(seconds: number): Promise<Page> {
  const page = await (await newContext(browser)).newPage();
  await page.goto(muster.url);
  await page.locator("#token").fill(muster.token("call_handler", "ann", seconds));
  await page.keyboard.press("Enter");
  await page.locator(".line-live").waitFor();
  await page.keyboard.press("n");
  await page.locator("#place").fill("36.8401, -76.0603");
  await page.locator("#form-line").fill("7 Shore Drive");
  return page;
}

const typed = (page: Page) => page.locator("#form-line").inputValue();

test("a session that ends soon says so, and a new token goes on without a word lost", async () => {
  const page = await begun(300);
  const heard = complaints(page);
  await page.getByText(/^Your session ends in [1-5] min\.$/).waitFor();
  await shot(page, "session-ends-light");
  await page.getByRole("button", { name: "Give a new token" }).click();
  // another thing first
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  expect(await typed(page)).toBe("7 Shore Drive");

  await page.getByRole("button", { name: "Give a new token" }).click();
  await page.locator("#token").fill(muster.token("call_handler", "ann", 3600));
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator(".sessionstrip").waitFor({ state: "detached" });
  await page.locator(".line-live").waitFor();
  expect(await typed(page)).toBe("7 Shore Drive");
  expect(heard).toEqual([]);
  await page.context().close();
});

test("a session that has ended keeps the page behind the question for a token", async () => {
  // a token is good for five seconds longer than it says
  const page = await begun(20);
  await page.getByRole("heading", { name: "Your session has ended" }).waitFor({ timeout: 60_000 });
  await shot(page, "session-over-light");
  expect(await typed(page)).toBe("7 Shore Drive");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor();

  // somebody else is told what that would cost
  await page.locator("#token").fill(muster.token("call_handler", "bob", 3600));
  await page.keyboard.press("Enter");
  await page.getByText(/This token is for bob, not for ann/).waitFor();
  expect(await typed(page)).toBe("7 Shore Drive");

  await page.locator("#token").fill(muster.token("call_handler", "ann", 3600));
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator(".line-live").waitFor();
  expect(await typed(page)).toBe("7 Shore Drive");
  await page.locator("#form-line").press("Control+Enter");
  await page.locator(".head h1").waitFor();
  await page.getByText("7 Shore Drive").first().waitFor();
  await page.context().close();
});

test("another person begins anew", async () => {
  const page = await begun(300);
  await page.getByRole("button", { name: "Give a new token" }).click();
  await page.locator("#token").fill(muster.token("coordinator", "cleo", 3600));
  await page.keyboard.press("Enter");
  await page.getByText(/This token is for cleo, not for ann/).waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".menu button", { hasText: "cleo" }).waitFor();
  await page.keyboard.press("n");
  expect(await typed(page)).toBe("");
  await page.context().close();
});
