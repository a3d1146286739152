// What the form asks before it sends, and what it keeps.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { complaints, launch, newContext, shot } from "./browser.ts";
import { Stub } from "./stub.ts";

let browser: Browser;
let stub: Stub;
let page: Page;
let heard: string[];
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  stub = await Stub.start(0);
});
afterEach(async () => {
  expect(heard).toEqual([]);
  await page.context().close();
  await stub.stop();
});

/** The form of a signed-in desk, with the cursor in what happened. */
async function open(): Promise<void> {
  page = await (await newContext(browser)).newPage();
  heard = complaints(page);
  await page.goto(`${stub.url}/desk/`);
  await page.locator(".listhead").waitFor();
  await page.keyboard.press("n");
  await page.locator("#place").waitFor();
}

const send = () => page.keyboard.press("Control+Enter");

test("a word that is no known kind is asked about before anything is sent", async () => {
  await open();
  await page.keyboard.type("chok");
  await page.locator("#place").fill("36.84, -76.06");
  await page.getByText("“chok” is no kind that is known here").waitFor();
  await send();
  await page.getByRole("button", { name: "Take “Choking”" }).waitFor();
  expect(stub.raised).toEqual([]);
  await shot(page, "form-kind-light");
  await page.getByRole("button", { name: "Take “Choking”" }).click();
  await send();
  await page.locator(".head h1").waitFor();
  expect(stub.raised).toMatchObject([{ kind: "choking" }]);
});

test("a word that is meant is sent at the second try", async () => {
  await open();
  await page.keyboard.type("cat in tree");
  await page.locator("#place").fill("36.84, -76.06");
  await send();
  await page.getByText("“cat in tree” is no kind").waitFor();
  await send();
  await page.locator(".head h1").waitFor();
  expect(stub.raised).toMatchObject([{ kind: "cat in tree" }]);
});

test("an address that was chosen is sent with its place, and does not stay with another place", async () => {
  await open();
  await page.locator("#place").fill("Main");
  await page.getByRole("option", { name: "12 Main Street" }).click();
  const line = page.locator("#form-line");
  await expect.poll(() => line.inputValue()).toBe("12 Main Street");
  // somewhere else: the address is not there
  await page.locator("#place").fill("36.80, -76.00");
  await expect.poll(() => line.inputValue()).toBe("");
  await page.locator("#place").fill("Main");
  await page.getByRole("option", { name: "12 Main Street" }).click();
  await page.locator("#form-floor").fill("2");
  await send();
  await page.locator(".head h1").waitFor();
  expect(stub.raised).toMatchObject([{ address: { line: "12 Main Street", floor: "2" } }]);
  const [{ location }] = stub.raised as [{ location: { lat: number; lon: number } }];
  expect(location.lat).toBeCloseTo(36.84, 0);
});

test("what a person wrote is not replaced by a chosen address", async () => {
  await open();
  await page.locator("#form-line").fill("Rear entrance, 7 Shore Drive");
  await page.locator("#place").fill("Main");
  await page.getByRole("option", { name: "12 Main Street" }).click();
  expect(await page.locator("#form-line").inputValue()).toBe("Rear entrance, 7 Shore Drive");
});

test.each([
  ["nothing known of home", { centre: null, bounds: null }, [], /Nothing is known yet/],
  [
    "where people are",
    { centre: null, bounds: null },
    [{ lat: 36.7, lon: -76.2 }],
    /from where your calls come from/,
  ],
  ["a base map", { centre: null, bounds: [-76.5, 36.5, -75.8, 37] }, [], /from where your calls come from/],
])("swapped numbers do not pass unasked: %s", async (_name, map, areas, question) => {
  stub.map = map;
  stub.areas = areas;
  await open();
  await page.locator("#place").fill("-76.06, 36.84");
  await send();
  await page.locator(".ask", { hasText: question }).waitFor();
  expect(stub.raised).toEqual([]);
  await page.getByRole("button", { name: "The other way round: 36.84000, -76.06000" }).click();
  expect(await page.locator("#place").inputValue()).toBe("36.84000, -76.06000");
  await send();
  // without a home the right place is asked about as well
  if (areas.length === 0 && !map.bounds) await send();
  await page.locator(".head h1").waitFor();
  expect(stub.raised).toMatchObject([{ location: { lat: 36.84, lon: -76.06 } }]);
});

test("a pasted link is the place; a short link is said to be none", async () => {
  await open();
  await page.locator("#place").fill("https://maps.app.goo.gl/abCD1234");
  await page.getByText("A short link or code").waitFor();
  await page.locator("#place").fill("https://www.google.com/maps/place/X/@1,1,9z/data=!3d36.84!4d-76.06");
  await page.getByText("Place: 36.84000, -76.06000").waitFor();
  await page.locator("#place").fill("36.84, 76.06");
  await page.getByRole("button", { name: "With another sign: 36.84000, -76.06000" }).click();
  await page.getByText("Place: 36.84000, -76.06000").waitFor();
});
