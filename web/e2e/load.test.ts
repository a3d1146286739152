// A busy desk: what the page costs to load, and what it costs the browser while everything moves.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, mapDrawn, newContext, shot } from "./browser.ts";
import { at, withPeople } from "./made-up.ts";
import { Stub } from "./stub.ts";

const DIST = fileURLToPath(new URL("../desk/dist", import.meta.url));
/** What stands before the list, packed, in bytes: a fifth of a second at 3 Mbit/s. */
const FIRST_MAX = 70_000;
/** The map and its worker, which come after the list: a library, as big as it is. */
const MAP_MAX = 460_000;
/** Each page that is loaded when it is opened: the responders, closed incidents. */
const PAGE_MAX = 25_000;
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

test("the scripts stay small, before the list and after it", () => {
  const page = readFileSync(`${DIST}/index.html`, "utf8");
  const packed = (name: string) => gzipSync(readFileSync(`${DIST}/assets/${name}`), { level: 9 }).length;
  const sum = (names: string[]) => names.reduce((all, name) => all + packed(name), 0);
  const kB = (bytes: number) => (bytes / 1000).toFixed(1);
  const scripts = readdirSync(`${DIST}/assets`).filter((name) => /\.m?js$/.test(name));
  const isFirst = (name: string) => page.includes(`/${name}"`);
  const isMap = (name: string) => /^(desk-map|maplibre)/.test(name);
  const pages = scripts.filter((name) => !isFirst(name) && !isMap(name));
  const [first, map] = [sum(scripts.filter(isFirst)), sum(scripts.filter(isMap))];
  tell(`JavaScript packed: ${kB(first)} kB before the list, ${kB(map)} kB for the map`);
  for (const name of pages) tell(`${kB(packed(name))} kB when it is opened: ${name}`);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(FIRST_MAX);
  expect(map).toBeGreaterThan(100_000);
  expect(map).toBeLessThanOrEqual(MAP_MAX);
  expect(pages.length).toBeGreaterThan(0);
  expect(Math.max(...pages.map(packed))).toBeLessThanOrEqual(PAGE_MAX);
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
