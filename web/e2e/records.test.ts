// What comes after an incident, with the built server: whoever wants to be called is called, and a closed
// incident is found and read whole.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Incident } from "../desk/src/api/types.ts";
import { complaints, launch, newContext, shot } from "./browser.ts";
import { axe } from "./phone-page.ts";
import { type Caller, type Muster, startMuster } from "./server.ts";

const HOME = { lat: 36.8529, lon: -75.978 };

let browser: Browser;
let muster: Muster;
let context: BrowserContext;
let page: Page;
let heard: string[];
let handler: Caller;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  muster = await startMuster();
  handler = muster.as("call_handler", "desk-1");
  context = await newContext(browser);
  page = await context.newPage();
  heard = complaints(page);
});
afterEach(async () => {
  await context.close();
  await muster.stop();
  expect(heard).toEqual([]);
});

async function signIn(role: string, who: string): Promise<void> {
  await page.goto(muster.url);
  await page.getByLabel("Token").fill(muster.token(role, who));
  await page.keyboard.press("Enter");
  await page.locator(".listhead").waitFor();
}

const text = (selector: string) => page.locator(selector).textContent();
const press = (name: string | RegExp) => page.getByRole("button", { name }).click();

/** Somebody who can be asked, at the place of every incident here. */
async function volunteer(id: string, name: string): Promise<Caller> {
  const desk = muster.as("coordinator", "ann");
  const who = { id, name, phone: "+49 170 555 0100", skills: ["bls"], travel: "foot", exercises: true };
  await desk("POST", "/responders", who);
  await desk("POST", `/responders/${id}/verify`);
  const me = muster.as("responder", id);
  await me("PUT", `/me/devices/${id}`, { platform: "android", push: { fcm_token: `made-up-${id}` } });
  await me("PUT", "/me/duty", { on: true });
  const at = new Date().toISOString();
  await me("POST", "/me/fixes", { device_id: id, sent_at: at, fixes: [{ ...HOME, accuracy_m: 8, at }] });
  return me;
}

async function raise(key: string, more: object = {}): Promise<Incident> {
  const call = {
    kind: "cardiac_arrest",
    location: HOME,
    address: { line: "1 Main Street" },
    scene: "safe",
    ...more,
  };
  return (await handler("POST", "/incidents", call, { "idempotency-key": key })) as Incident;
}

test("whoever wants to be called is taken, read by one, and done", async () => {
  const anna = await volunteer("anna", "Anna Berg");
  const incident = await raise("one");
  const alert = incident.alerts[0]?.id ?? "";
  for (const step of ["accept", "arrive", "finish"]) await anna("POST", `/me/alerts/${alert}/${step}`);
  const told = { text: "She was so young.", welfare: "shaken", call_me: true, cpr: true };
  await anna("POST", `/me/alerts/${alert}/report`, told);
  await handler("POST", `/incidents/${incident.id}/close`, { outcome: "completed" });

  await signIn("coordinator", "ann");
  await expect.poll(() => text(".to-call")).toBe("One to call");
  await page.locator(".to-call").click();
  await page.locator(".follow-up-open").waitFor();
  expect(await text(".follow-up")).toMatch(/Anna Berg.*Call \+49 170 555 0100.*Nobody has taken this yet/s);
  expect(await text(".follow-ups")).not.toMatch(/young|Says: shaken/);
  await shot(page, "follow-ups-open-light");
  expect(await axe(page)).toEqual([]);
  await press("I take this");
  await expect.poll(() => text(".said")).toMatch(/Wants to be called · Says: shaken.*She was so young/s);
  await shot(page, "follow-ups-taken-light");
  expect(await axe(page)).toEqual([]);

  // another coordinator sees whose it is, and nothing of what was said
  const other = await newContext(browser, "dark", "de");
  const second = await other.newPage();
  await second.goto(muster.url);
  await second.getByLabel("Token").fill(muster.token("coordinator", "bob"));
  await second.keyboard.press("Enter");
  await second.locator(".listhead").waitFor();
  await second.goto(`${muster.url}/desk/#/follow-ups`);
  await second.locator(".follow-up-taken").waitFor();
  expect(await second.locator(".follow-ups").textContent()).toMatch(/ann hat das übernommen/);
  expect(await second.locator(".said").count()).toBe(0);
  await shot(second, "follow-ups-theirs-dark");
  expect(await axe(second)).toEqual([]);
  await other.close();

  await press("Done");
  await expect.poll(() => text(".care")).toMatch(/^Done by ann/);
  await expect.poll(() => page.locator(".to-call").count()).toBe(0);
  await press("Look again");
  await expect.poll(() => text(".follow-ups .good")).toBe("Nobody waits to be called.");
});

test("a closed incident is found by what is known of it, read whole, and printed", async () => {
  const anna = await volunteer("anna", "Anna Berg");
  const first = await raise("one", { source: { system: "cad", id: "2019-7" } });
  await anna("POST", `/me/alerts/${first.alerts[0]?.id}/accept`);
  await handler("POST", `/incidents/${first.id}/close`, { outcome: "completed" });
  const second = await raise("two", { kind: "choking", location: { lat: 48.1, lon: 11.5 } });
  await handler("POST", `/incidents/${second.id}/close`, { outcome: "false_alarm" });

  await signIn("call_handler", "desk-2");
  await page.getByRole("link", { name: /^Closed incidents/ }).click();
  const rows = page.locator(".history .row");
  const found = () => text(".howmany");
  await expect.poll(found).toBe("2 are found.");
  await shot(page, "history-light");
  expect(await axe(page)).toEqual([]);
  await page.getByLabel("Kind").selectOption("choking");
  await expect.poll(found).toBe("One is found.");
  await page.getByLabel("Kind").selectOption("");
  await page.getByRole("combobox", { name: "End" }).selectOption("expired");
  await expect.poll(found).toBe("None is found.");
  await press("Show all");
  await page.getByLabel("Your system’s number").fill("2019-7");
  await expect.poll(found).toBe("One is found.");
  expect(await rows.first().textContent()).toMatch(
    /Cardiac arrest.*done.*1 Main Street.*1 asked, 1 said yes/s,
  );

  // whole, with what happened, under a link of its own
  await rows.first().click();
  await page.locator(".timeline li").first().waitFor();
  expect(new URL(page.url()).hash).toBe(`#/incident/${first.id}`);
  expect(await text(".incident")).toMatch(/1 Main Street/);
  await page.emulateMedia({ media: "print" });
  await shot(page, "history-print");
  expect(await page.locator(".bar, .mappane, .incident button").filter({ visible: true }).count()).toBe(0);
  expect(await page.locator(".timeline li").first().isVisible()).toBe(true);
  await page.emulateMedia({ media: "screen" });
  // back to the same list
  await page.keyboard.press("Escape");
  await expect.poll(found).toBe("One is found.");
  await page.keyboard.press("Escape");
  await page.locator(".list:not(.history) .listhead").waitFor();

  // days: nothing was raised before today
  await page.goto(`${muster.url}/desk/#/history`);
  await press("Show all").catch(() => undefined);
  await page.getByLabel("Raised until").fill("2019-01-01");
  await expect.poll(found).toBe("None is found.");
});

test("an incident that is closed while somebody is in danger rings at a desk that is opened later", async () => {
  const anna = await volunteer("anna", "Anna Berg");
  const incident = await raise("one");
  const alert = incident.alerts[0]?.id ?? "";
  for (const step of ["accept", "arrive", "unsafe"]) await anna("POST", `/me/alerts/${alert}/${step}`);
  await handler("POST", `/incidents/${incident.id}/close`, { outcome: "completed" });
  await signIn("call_handler", "desk-2");
  const alarm = page.locator(".alarm");
  await alarm.waitFor();
  await page.reload();
  await alarm.waitFor();
  await shot(page, "closed-and-in-danger-light");
  expect(await alarm.textContent()).toMatch(/danger/i);
  expect(await text(".listhead")).toMatch(/^0 open incidents/);
  await alarm.getByRole("button", { name: /^Acknowledge/ }).click();
  await alarm.waitFor({ state: "detached" });
  await page.reload();
  await page.locator(".listhead").waitFor();
  await expect.poll(() => page.locator(".row").count()).toBe(0);
  expect(await alarm.count()).toBe(0);
});
