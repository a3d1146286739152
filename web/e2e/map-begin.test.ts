// Where the desk's map looks first, by what it asks the feed for.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, newContext, shot } from "./browser.ts";
import { CENTRE } from "./made-up.ts";
import { Stub } from "./stub.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

/** The part of the map that the feed was last asked for: west, south, east, north. */
function seen(stub: Stub): number[] {
  const last = stub.asked.findLast((line) => line.includes("/v1/feed") && line.includes("bbox"));
  const query = new URLSearchParams(last?.split("?")[1]);
  return (query.get("bbox") ?? "").split(",").map(Number);
}

const holds = ([west = 0, south = 0, east = 0, north = 0]: number[], lat: number, lon: number) =>
  west <= lon && lon <= east && south <= lat && lat <= north;

test.each([
  ["a base map", { centre: null, bounds: [-76.5, 36.6, -75.7, 37.1] }, [], 4],
  [
    "where people are, nearer once they are counted",
    { centre: null, bounds: null },
    [{ lat: 36.7, lon: -76.2 }],
    0.5,
  ],
] as const)("a fresh desk looks at %s", async (_name, map, areas, widest) => {
  const stub = await Stub.start(0);
  stub.map = { centre: map.centre, bounds: map.bounds && [...map.bounds] };
  stub.areas = [...areas];
  const page = await (await newContext(browser)).newPage();
  try {
    await page.goto(`${stub.url}/desk/`);
    await expect
      .poll(
        () => {
          const [west = 0, , east = 0] = seen(stub);
          return holds(seen(stub), CENTRE.lat, CENTRE.lon) && east - west <= widest;
        },
        { timeout: 60_000 },
      )
      .toBe(true);
    await expect.poll(() => page.locator(".reachable strong").textContent()).toMatch(/^[\d,]+$/);
    await shot(page, `begin-${areas.length}-light`);
  } finally {
    await page.context().close();
    await stub.stop();
  }
});

test("how many are reachable is not known until they were counted", async () => {
  const stub = await Stub.start(0);
  stub.down = true;
  const page = await (await newContext(browser)).newPage();
  try {
    await page.goto(`${stub.url}/desk/`);
    await page.locator(".listhead").waitFor();
    await page.locator(".maplibregl-ctrl-scale").waitFor();
    expect(await page.locator(".reachable strong").textContent()).toBe("…");
    stub.down = false;
    await expect
      .poll(() => page.locator(".reachable strong").textContent(), { timeout: 60_000 })
      .toMatch(/^[\d,]+$/);
  } finally {
    await page.context().close();
    await stub.stop();
  }
});
