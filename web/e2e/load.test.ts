// A busy desk: what the page costs to load, and what it costs the browser while everything moves.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, mapDrawn, newContext, shot } from "./browser.ts";
import { at, withPeople } from "./made-up.ts";
import { Stub } from "./stub.ts";

const ASSETS = fileURLToPath(new URL("../desk/dist/assets", import.meta.url));
/** All JavaScript of a call handler's desk, packed, in bytes: the map and its worker are most of it. */
const SCRIPTS_MAX = 500_000;
/** What stands before the list. */
const FIRST_MAX = 40_000;
/** What a coordinator loads beside it when they open the responders. */
const ROSTER_MAX = 20_000;
const [INCIDENTS, PEOPLE, SECONDS] = [500, 5_000, 10];
/** Of a second, how much of the main thread may be busy with the page's own work. */
const BUSY_MAX = 0.5;

let browser: Browser;
let stub: Stub;
beforeAll(async () => {
  browser = await launch();
  stub = await Stub.start(INCIDENTS);
  for (const one of stub.incidents.values()) stub.incidents.set(one.id, withPeople(one, PEOPLE / INCIDENTS));
});
afterAll(async () => {
  await browser?.close();
  await stub?.stop();
});

const tell = (text: string) => process.stdout.write(`${text}\n`);

test("all scripts together stay small", () => {
  const scripts = readdirSync(ASSETS).filter((name) => /\.m?js$/.test(name));
  const packed = (names: string[]) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(`${ASSETS}/${name}`), { level: 9 }).length, 0);
  const isRoster = (name: string) => name.startsWith("roster-");
  const [all, roster] = [packed(scripts.filter((name) => !isRoster(name))), packed(scripts.filter(isRoster))];
  const first = packed(scripts.filter((name) => name.startsWith("index-")));
  const kB = (bytes: number) => (bytes / 1000).toFixed(1);
  tell(`JavaScript ${kB(all)} kB packed, ${kB(first)} before the list; the responders ${kB(roster)} kB`);
  expect(all).toBeGreaterThan(100_000);
  expect(all).toBeLessThanOrEqual(SCRIPTS_MAX);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(FIRST_MAX);
  expect(roster).toBeGreaterThan(0);
  expect(roster).toBeLessThanOrEqual(ROSTER_MAX);
});

test(`${INCIDENTS} incidents and ${PEOPLE} people on the move`, async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  const start = Date.now();
  await page.goto(`${stub.url}/desk/`);
  await page.locator(".row").first().waitFor();
  const list = Date.now() - start;
  await mapDrawn(page);
  tell(`first rows after ${list} ms, the map drawn after ${Date.now() - start} ms`);

  const engaged = [...stub.incidents.values()].flatMap((one) =>
    one.alerts.map((alert) => [one.id, alert.id]),
  );
  expect(engaged.length).toBe(PEOPLE);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
    return { task: of("TaskDuration"), script: of("ScriptDuration") };
  };
  await page.evaluate(() => {
    const count = { frames: 0 };
    Object.assign(globalThis, { count });
    const frame = () => {
      count.frames++;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const frames = () =>
    page.evaluate(() => (globalThis as unknown as { count: { frames: number } }).count.frames);
  const [before, framesBefore, began] = [await busy(), await frames(), performance.now()];
  for (let second = 0; second < SECONDS; second++) {
    const when = new Date().toISOString();
    const items = engaged.map(([incident_id, alert_id], n) => {
      const { lat, lon } = at(n);
      const step = second * 0.00004;
      return {
        responder_id: `p${n}`,
        incident_id,
        alert_id,
        lat: lat + step,
        lon: lon + step,
        accuracy_m: 8,
        at: when,
      };
    });
    stub.say("position", { items });
    await page.waitForTimeout(1000 - ((performance.now() - began) % 1000));
  }
  const [after, framesAfter] = [await busy(), await frames()];
  const took = (performance.now() - began) / 1000;
  const task = (after.task - before.task) / took;
  const script = (after.script - before.script) / took;
  const rate = (framesAfter - framesBefore) / took;
  tell(
    `${rate.toFixed(1)} frames/s; main thread busy ${(task * 1000).toFixed(0)} ms/s, of it scripts ${(script * 1000).toFixed(0)} ms/s`,
  );
  await shot(page, "load-light");
  expect(script).toBeLessThan(BUSY_MAX);
  await context.close();
});
