// The README's picture: a town on a busy evening, by the built server and its simulated phones.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, mapDrawn, newContext, shot } from "./browser.ts";
import { startWorld, type World } from "./world.ts";

/** People are so many times faster than real: slow enough to be met under way. */
const SPEED = 3;
const CALLS = [
  ["cardiac_arrest", 36.8405, -76.0602, "14 Pacific Avenue"],
  ["breathing", 36.8571, -76.0391, "3 Linkhorn Drive"],
  ["unconscious", 36.8234, -76.0821, "250 Witch Duck Road"],
  ["chest_pain", 36.8392, -76.0377, "81 First Colonial Road"],
  ["allergy", 36.8248, -76.0374, "7 Seatack Lane"],
] as const;

let browser: Browser;
let world: World;
beforeAll(async () => {
  browser = await launch();
  world = await startWorld(1500, SPEED);
});
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

/** Raises as an outside program would. */
async function raise(kind: string, lat: number, lon: number, line: string): Promise<string> {
  const headers = {
    authorization: `Bearer ${world.tokens.call_handler}`,
    "content-type": "application/json",
    "idempotency-key": line,
  };
  const body = {
    kind,
    location: { lat, lon, uncertainty_m: 15 },
    address: { line, floor: "2" },
    scene: "safe",
    ems_eta_s: 540,
  };
  const answer = await fetch(`${world.url}/v1/incidents`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

async function open(page: Page): Promise<void> {
  await page.goto(world.url);
  await page.getByLabel("Token").fill(world.tokens.coordinator);
  await page.keyboard.press("Enter");
  await page.locator(".listhead").waitFor();
}

test("a town with incidents, people under way and their ways", async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await open(page);
  await mapDrawn(page);
  const [first] = await Promise.all(CALLS.map(([kind, lat, lon, line]) => raise(kind, lat, lon, line)));
  const covered = () => page.locator(".row-covered").count();
  await expect.poll(covered, { timeout: 60_000 }).toBeGreaterThan(3);
  await expect.poll(() => page.getByText("One is there").count(), { timeout: 60_000 }).toBeGreaterThan(0);
  // nobody is in reach of the pier, and the last was just raised
  await raise("cardiac_arrest", 36.9, -75.93, "Fishing pier");
  await raise("stroke", 36.8296, -76.0547, "44 Dam Neck Road");
  await page.locator(".row-alerting").first().waitFor();
  await page.locator(".row-nobody").first().waitFor();
  await mapDrawn(page);
  await shot(page, "desk");
  await page.locator(`a[href="#/incident/${first}"]`).click();
  await page.locator(".lane").first().waitFor();
  await mapDrawn(page);
  await shot(page, "town-incident-light");
  await context.close();
});
