// A line that is dead, or that tells what is old: seen, heard, and lived with.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, listen, newContext, shot } from "./browser.ts";
import { type Muster, startMuster } from "./server.ts";
import { Stub } from "./stub.ts";

/** The first tones of the two sounds, hertz. */
const [ALARM, LINE] = [660, 330];
/** Three seconds are promised; this machine may be computing. */
const SEEN_WITHIN_MS = 8_000;

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

async function signIn(page: Page): Promise<void> {
  await page.goto(muster.url);
  await page.getByLabel("Token").fill(muster.token("call_handler", "ann"));
  await page.keyboard.press("Enter");
  await page.locator(".line-live").waitFor();
}

const open = async () => {
  const list = (await muster.as("coordinator", "bob")("GET", "/incidents?state=open")) as {
    items: unknown[];
  };
  return list.items.length;
};

/** The seconds that are shown, and those that are true. */
async function age(page: Page, since: number): Promise<[number, number]> {
  const text = (await page.locator(".loststrip strong").textContent()) ?? "";
  return [Number(/(\d+) s/.exec(text)?.[1]), (Date.now() - since) / 1000];
}

test("a server that stands still is seen and heard, and a raise waits for it with all that was typed", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  const heard = complaints(page);
  const tones = await listen(page);
  await signIn(page);
  const stopped = Date.now();
  muster.pause();
  await page.locator(".line-lost").waitFor();
  expect(Date.now() - stopped).toBeLessThan(SEEN_WITHIN_MS);
  await expect.poll(tones).toContain(LINE);
  expect(await tones()).not.toContain(ALARM);
  const [shown, real] = await age(page, stopped);
  expect(Math.abs(shown - real)).toBeLessThanOrEqual(2);
  await shot(page, "line-lost-light");

  await page.keyboard.press("n");
  await page.locator("#place").fill("36.8401, -76.0603");
  await page.locator("#form-line").fill("7 Shore Drive");
  await page.keyboard.press("Control+Enter");
  await page.getByText(/^No answer for \d+ s$/).waitFor();
  await shot(page, "trying-light");
  // the first try was given up, and another one is under way
  await expect.poll(() => page.getByText(/^No answer for ([6-9]|\d\d) s$/).count()).toBe(1);
  expect(await page.locator("#form-line").inputValue()).toBe("7 Shore Drive");

  muster.resume();
  await page.locator(".head h1").waitFor();
  await page.getByText("7 Shore Drive").first().waitFor();
  await page.locator(".loststrip").waitFor({ state: "detached" });
  expect(await open()).toBe(1);
  expect(heard).toEqual([]);
  await context.close();
});

test("stopped, changed and sent again, it is one incident, and the desk says which", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await signIn(page);
  const before = await open();
  await page.keyboard.press("n");
  await page.locator("#place").fill("36.8501, -76.0603");
  await page.locator("#form-line").fill("1 First Street");
  muster.pause();
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Stop trying" }).click();
  await page.locator("form.form:not([inert])").waitFor();
  muster.resume();
  // what was under way arrives
  await expect.poll(open).toBe(before + 1);
  await page.locator("#form-line").fill("2 Second Street");
  await page.keyboard.press("Control+Enter");
  await page.getByText(/An earlier try had arrived/).waitFor();
  await page.getByRole("button", { name: "Go to the incident" }).click();
  await page.getByText("1 First Street").first().waitFor();
  expect(await open()).toBe(before + 1);
  await context.close();
});

test("a server that tells what is old says so, and the page with it", async () => {
  const stub = await Stub.start(3);
  const context = await newContext(browser);
  const page = await context.newPage();
  const tones = await listen(page);
  await page.goto(`${stub.url}/desk/`);
  await page.locator(".line-live").waitFor();
  const since = Date.now() - 9_000;
  stub.stale = new Date(since);
  await page.locator(".line-behind").waitFor();
  const [shown, real] = await age(page, since);
  expect(Math.abs(shown - real)).toBeLessThanOrEqual(2);
  await expect.poll(tones).toContain(LINE);
  await page.getByRole("button", { name: "Quiet" }).click();
  await shot(page, "line-behind-light");
  stub.stale = null;
  await page.locator(".loststrip").waitFor({ state: "detached" });
  await page.locator(".line-live").waitFor();

  stub.mute = true;
  await page.locator(".line-lost").waitFor();
  stub.mute = false;
  await page.locator(".line-live").waitFor();
  await context.close();
  await stub.stop();
});
