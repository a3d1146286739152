// The line: cut and resumed without a gap, obvious while it is gone.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, newContext } from "./browser.ts";
import { madeUpIncident } from "./made-up.ts";
import { Stub } from "./stub.ts";

let browser: Browser;
let stub: Stub;
let page: Page;
beforeAll(async () => {
  browser = await launch();
  stub = await Stub.start(4);
  page = await (await newContext(browser)).newPage();
});
afterAll(async () => {
  await browser?.close();
  await stub?.stop();
});

const rows = () => page.locator(".row").count();
const raise = (n: number) => stub.change(madeUpIncident(n), "raised");

test("what happens while the line is cut is there when it is back, once each", async () => {
  await page.goto(`${stub.url}/desk/`);
  await page.locator(".line-live").waitFor();
  await expect.poll(rows).toBe(4);
  raise(10);
  await expect.poll(rows).toBe(5);

  stub.down = true;
  stub.cut();
  await page.locator(".loststrip").waitFor();
  await expect.poll(() => page.locator(".loststrip").textContent()).toMatch(/heard for [1-9]\d* s/);
  for (const n of [11, 12, 13]) raise(n);
  expect(await rows()).toBe(5);

  const before = stub.asked.length;
  stub.down = false;
  await page.locator(".loststrip").waitFor({ state: "detached" });
  await expect.poll(rows).toBe(8);
  // by its cursor, and not by reading everything again
  const since = stub.asked.slice(before);
  expect(since.filter((line) => line.includes("/v1/incidents?"))).toEqual([]);
  expect(since.some((line) => line.includes("/v1/feed?after=e-1"))).toBe(true);
});

test("after a reset everything is read again", async () => {
  const before = stub.asked.length;
  stub.incidents.delete("incident-10");
  stub.reset();
  await expect.poll(rows).toBe(7);
  expect(stub.asked.slice(before).some((line) => line.includes("/v1/incidents?"))).toBe(true);
});

test("the place of the map travels with the feed, and no token does", async () => {
  await expect
    .poll(() => stub.asked.some((line) => /\/v1\/feed\?after=.*bbox=-7\d\.\d+/.test(line)))
    .toBe(true);
  expect(stub.asked.filter((line) => /token|ey[A-Za-z0-9]{10}/.test(line))).toEqual([]);
});
