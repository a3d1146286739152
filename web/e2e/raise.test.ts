// The whole way with the built server: signed in, raised by keyboard, covered by simulated phones.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, listen, mapDrawn, newContext, shot } from "./browser.ts";
import { startWorld, type World } from "./world.ts";

/** People are so many times faster than real. */
const SPEED = 10;

let browser: Browser;
let world: World;
beforeAll(async () => {
  browser = await launch();
  world = await startWorld(800, SPEED);
});
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

async function signIn(page: Page, token: string): Promise<void> {
  await page.goto(world.url);
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
}

test("a token that will not do is told why", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await signIn(page, "nonsense");
  const error = page.getByRole("alert");
  await expect.poll(() => error.textContent()).toContain("not a token");
  await shot(page, "sign-in-light");
  await page.getByLabel("Token").fill(world.tokens.responder);
  await page.keyboard.press("Enter");
  await expect.poll(() => error.textContent()).toContain("responder");
  const forged = world.tokens.call_handler.replace(/.{8}$/, "AAAAAAAA");
  await page.getByLabel("Token").fill(forged);
  await page.keyboard.press("Enter");
  await expect.poll(() => error.textContent()).toContain("does not accept");
  await context.close();
});

test("a link signs in once, and stands in no address", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(world.links.coordinator);
  await page.getByRole("button", { name: "demo-coordinator" }).waitFor();
  await page.locator(".line-live").waitFor();
  expect(page.url()).not.toContain("code");
  // it is a session like any other
  await page.reload();
  await page.locator(".line-live").waitFor();
  // the simulated phones say of themselves what is true of them
  await page.keyboard.press("r");
  await page.getByText("Where do their positions come from?").waitFor();
  const nowhere = page
    .locator("li, div, tr")
    .filter({ hasText: /^Nowhere/ })
    .last();
  await expect.poll(() => nowhere.textContent()).toMatch(/Nowhere\D*0/);
  await shot(page, "demo-readiness-light");
  await context.close();

  const second = await newContext(browser);
  const other = await second.newPage();
  await other.goto(world.links.coordinator);
  await other.getByText(/This link was used already/).waitFor();
  expect(other.url()).not.toContain("code");
  await second.close();
});

test("raised by keyboard alone, and covered by simulated phones", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  const heard = complaints(page);
  await signIn(page, world.tokens.call_handler);
  await page.getByText("Nothing is open").waitFor();
  await mapDrawn(page);
  // people who could be alerted are on the map
  await expect.poll(() => page.locator(".reachable strong").textContent()).not.toBe("0");

  await page.keyboard.press("n");
  await page.keyboard.type("Cardiac arrest");
  await page.keyboard.press("Tab");
  await page.keyboard.type("36.8401, -76.0603");
  await page.keyboard.press("Tab");
  // scene: unknown is chosen; the arrow chooses safe
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Tab");
  await page.keyboard.type("7 Shore Drive");
  await page.keyboard.press("Control+Enter");

  await page.locator(".head h1").waitFor();
  const words = page.locator(".head h1");
  await expect
    .poll(() => words.textContent(), { timeout: 30_000 })
    .toMatch(/on the way|said yes|is there|are there/);
  await page.locator(".head.row-covered").waitFor({ timeout: 60_000 });
  // a telephone and a name of whoever is on it, and a way on the map
  await page.locator(".person-on .personname").first().waitFor();
  await shot(page, "raised-light");
  expect(heard).toEqual([]);

  // closed with what it will do said before
  await page.getByRole("button", { name: "Close …" }).click();
  await expect.poll(() => page.locator(".does").textContent()).toMatch(/told to stop/);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect.poll(() => words.textContent()).toMatch(/^Closed: the ambulance is there/);
  await page.keyboard.press("Escape");
  await page.locator(".listhead").waitFor();
  await context.close();
});

test("swapped coordinates are asked about, and sent once they are right", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  const mine = await listen(page);
  await signIn(page, world.tokens.coordinator);
  await page.locator(".listhead").waitFor();
  await page.keyboard.press("n");
  await page.locator("#place").fill("-76.0603, 36.8401");
  await page.keyboard.press("Control+Enter");
  await page.getByText("from where your calls come from").waitFor();
  // nothing was sent
  expect(await page.locator(".head").count()).toBe(0);
  await page.getByRole("button", { name: /^The other way round: 36.84/ }).click();
  await page.locator("label", { hasText: /^Unsafe$/ }).click();
  await page.keyboard.press("Control+Enter");
  await page.locator(".head.row-danger").waitFor();
  // an unsafe scene is heard by everybody but whoever has just said so, until a named person knows
  const other = await (await newContext(browser)).newPage();
  const tones = await listen(other);
  await signIn(other, world.tokens.admin);
  await other.locator(".alarms").waitFor();
  await expect.poll(tones).toContain(660);
  await shot(other, "unsafe-light");
  expect(await page.locator(".alarms").count()).toBe(0);
  expect(await mine()).toEqual([]);
  await other.locator(".alarms").getByRole("button", { name: "Acknowledge as demo-admin" }).click();
  await other.locator(".alarms").waitFor({ state: "detached" });
  await other.context().close();
  await context.close();
});
