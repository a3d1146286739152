// The coordinator's whole way with the built server: enrolled, verified, a code read off the screen by
// another browser, a tracker that reports and is ended.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { complaints, launch, newContext, shot } from "./browser.ts";
import { axe, newPhone, poll } from "./phone-page.ts";
import { readQr } from "./qr.ts";
import { type Muster, startMuster } from "./server.ts";

let browser: Browser;
let muster: Muster;
let context: BrowserContext;
let page: Page;
let heard: string[];
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  muster = await startMuster();
  context = await newContext(browser);
  page = await context.newPage();
  heard = complaints(page);
});
afterEach(async () => {
  await context.close();
  await muster.stop();
  expect(heard).toEqual([]);
});

async function signIn(role: string): Promise<void> {
  await page.goto(muster.url);
  await page.getByLabel("Token").fill(muster.token(role, "ann"));
  await page.keyboard.press("Enter");
  await page.locator(".listhead").waitFor();
}

const text = (selector: string) => page.locator(selector).textContent();
const press = (name: string | RegExp) => page.getByRole("button", { name }).click();

/** Enrolled by keyboard alone. */
async function enrol(name: string, id: string): Promise<void> {
  await page.getByRole("link", { name: "Enrol …" }).press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("enrol-name");
  await page.keyboard.type(name);
  await page.locator("#enrol-id").fill(id);
  await page.keyboard.press("Enter");
}

/** A position as OwnTracks sends it, by the credential that the page shows. */
async function report(url: string, user: string, password: string): Promise<number> {
  const message = {
    _type: "location",
    lat: 36.853,
    lon: -75.978,
    acc: 8,
    tst: Math.floor(Date.now() / 1000),
  };
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(message) });
  return answer.status;
}

async function accepted(): Promise<number> {
  const metrics = await (await fetch(`${muster.url}/metrics`)).text();
  return Number(/^muster_fixes_accepted_total(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1] ?? 0);
}

/** Counted anew until it is so; the server counts every ten seconds. */
const counts = (words: string) =>
  poll(async () => {
    const again = page.getByRole("button", { name: "Count again" });
    if (await again.isVisible()) await again.click();
    return text(".ready span");
  }).toBe(words);

test("a key works from the moment the list is there", async () => {
  await page.addInitScript(() => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector(".listhead")) return;
      seen.disconnect();
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true }));
    });
    seen.observe(document, { childList: true, subtree: true });
  });
  await signIn("coordinator");
  await page.locator(".people-list").waitFor();
});

test("from nobody to a phone that is signed in and counted", async () => {
  await signIn("coordinator");
  await expect.poll(() => text(".ready span")).toBe("0 of 0 on duty reachable");
  await page.keyboard.press("r");
  await page.locator(".empty").waitFor();
  await page.locator(".overview .counts").first().waitFor();
  expect(await text(".silent")).toMatch(/Nobody is on duty/);
  await shot(page, "roster-empty-light");
  expect(await axe(page)).toEqual([]);

  // what is wrong stands at its field
  await enrol("", "");
  expect(await page.locator("#enrol-name").getAttribute("aria-invalid")).toBe("true");
  expect(await text("#enrol-name-hint")).toBe("A name is needed.");
  await page.keyboard.type("Anna Berg");
  await page.locator("#enrol-id").fill("anna");
  await page.getByLabel("basic life support").check();
  await page.keyboard.press("Control+Enter");
  await expect.poll(() => text("#person-name")).toBe("Anna Berg");
  expect(await text(".rosterside .standing")).toBe("pending");
  await enrol("Another Anna", "anna");
  await expect.poll(() => text("#enrol-id-hint")).toMatch(/has this id already/);
  await page.keyboard.press("Escape");
  await page.locator('.people-list .row[href="#/responder/anna"]').click();

  await press("Verify Anna Berg");
  await expect.poll(() => text(".rosterside .standing")).toBe("verified");
  // the button is gone, and whoever uses the keyboard is not thrown back to the page's begin
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("person-name");
  await expect.poll(() => text(".actions .does")).toMatch(/no phone of theirs/);

  // the code, read off the screen by a phone's camera
  await press("Make a sign-in code");
  await page.locator(".qr").waitFor();
  const link = (await readQr(page, page.locator(".qr"))) ?? "";
  expect(link).toBe(await page.locator("#code-link").inputValue());
  const code = (await text(".code")) ?? "";
  expect(link).toBe(`${muster.url}/phone/#code=${code}`);
  await page.locator(".handout").screenshot({ path: "e2e/shots/roster-handout.png" });
  const pocket = await newPhone(browser);
  const phone = await pocket.newPage();
  await phone.goto(link);
  await phone.getByRole("button", { name: "Sign in" }).tap();
  await phone.locator(".set-up[data-step]").waitFor();

  // shown once: gone from the page, and kept nowhere
  await page.keyboard.press("Escape");
  await page.locator(".overview").waitFor();
  await page.goBack();
  await page.locator(".phones").waitFor({ state: "attached" });
  expect(await page.locator(".handout").count()).toBe(0);
  const kept = () => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(await kept()).not.toContain(code);

  // the signed-in phone takes pushes and wants alerts
  const did = await phone.evaluate(async () => {
    const me = (await (await fetch("/v1/me")).json()) as { device_id: string };
    const put = async (path: string, body: unknown) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(`/v1/me/${path}`, { method: "PUT", headers, body: JSON.stringify(body) })).status;
    };
    const push = { platform: "android", push: { fcm_token: "made-up" } };
    const said = { alarm: "loud", position: "none", battery_pct: 64 };
    return [
      await put(`devices/${me.device_id}`, push),
      await put(`devices/${me.device_id}/readiness`, said),
      await put("duty", { on: true }),
    ];
  });
  expect(did.every((status) => status < 300)).toBe(true);
  await press("Look again");
  await expect.poll(() => text(".device")).toMatch(/A push reaches it.*rings out loud.*Battery 64 %/s);
  await page.keyboard.press("Escape");
  await counts("1 of 1 on duty reachable");
  await expect.poll(() => text(".overview")).toMatch(/Everybody on duty has been heard from/);

  // suspended: said before it is done, and undone by verifying
  await page.locator('.people-list .row[href="#/responder/anna"]').click();
  await press("Suspend …");
  expect(await text(".confirm .does")).toMatch(/tells them to stop/);
  await press("Suspend Anna Berg");
  await expect.poll(() => text(".rosterside .standing")).toBe("suspended");

  // lost: removed, and signed out at once
  const asked = () => phone.evaluate(async () => (await fetch("/v1/me")).status);
  expect(await asked()).toBe(200);
  await press("Remove this phone …: Android app");
  expect(await text(".device .confirm .does")).toMatch(/signed out at once/);
  await page.locator(".device").screenshot({ path: "e2e/shots/roster-remove.png" });
  await press(/^Remove this phone$/);
  await page.locator(".device").waitFor({ state: "detached" });
  expect(await asked()).toBe(401);
  await page.keyboard.press("Escape");
  await counts("0 of 0 on duty reachable");
  await pocket.close();
});

test("a tracker is set up by what is shown, reports, and is ended", async () => {
  const desk = muster.as("coordinator", "ann");
  await desk("POST", "/responders", { id: "anna", name: "Anna Berg", skills: ["bls"], travel: "foot" });
  await desk("POST", "/responders/anna/verify");
  await signIn("coordinator");
  await page.locator(".ready").click();
  await page.locator('.people-list .row[href="#/responder/anna"]').click();
  await page.getByLabel("Label").fill("Pixel");
  await press("Make a tracker");
  await page.locator(".qr").waitFor();
  const value = (id: string) => page.locator(`#made-${id}`).inputValue();
  const [url, user, password, link] = [
    await value("url"),
    await value("user"),
    await value("password"),
    await value("link"),
  ];
  expect(await readQr(page, page.locator(".qr"))).toBe(link);
  const settings = JSON.parse(Buffer.from(link.split("inline=")[1] ?? "", "base64").toString()) as object;
  expect(settings).toMatchObject({ url, username: user, password });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await press("Copy: Password");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(password);

  const before = await accepted();
  expect(await report(url, user, password)).toBe(200);
  await expect.poll(accepted).toBe(before + 1);
  await press("End tracker: Pixel");
  expect(await text(".confirm .does")).toMatch(/refused/);
  await press("End it");
  await page.locator(".tracker").waitFor({ state: "detached" });
  // what it showed is worth nothing any more
  expect(await page.locator(".handout").count()).toBe(0);
  expect(await report(url, user, password)).toBe(401);

  await page.locator("label", { hasText: "Traccar Client" }).click();
  await press("Make a tracker");
  await page.locator("#made-device").waitFor();
  const device = await value("device");
  const place = `lat=36.853&lon=-75.978&accuracy=8&timestamp=${Math.floor(Date.now() / 1000)}`;
  const answer = await fetch(`${await value("url")}?id=${device}&${place}`, { method: "POST" });
  expect(answer.status).toBe(200);
});

test("somebody is found by their telephone and changed", async () => {
  const desk = muster.as("coordinator", "ann");
  const phone = "+49 (0)170 123 45 67";
  await desk("POST", "/responders", {
    id: "x1",
    name: "Änne Yıldız",
    phone,
    skills: ["bls"],
    travel: "foot",
  });
  await desk("POST", "/responders", { id: "x2", name: "Ben Berg", skills: [], travel: "car" });
  await signIn("coordinator");
  await page.keyboard.press("r");
  await page.locator("#find").fill("0170/1234567");
  await expect.poll(() => text(".howmany")).toBe("One is found.");
  await page.keyboard.press("Enter");
  await expect.poll(() => text("#person-name")).toBe("Änne Yıldız");

  await press("Change …");
  await page.locator("#enrol-name").fill("");
  await press("Save");
  expect(await text("#enrol-name-hint")).toBe("A name is needed.");
  await page.locator("#enrol-name").fill("Anne Holm");
  await page.locator("#enrol-phone").fill("");
  await page.getByRole("checkbox", { name: "nurse" }).check();
  await page.getByRole("radio", { name: "By car" }).check();
  await press("Save");
  await expect.poll(() => text("#person-name")).toBe("Anne Holm");
  expect(await text(".facts")).toMatch(/nurse.*By car/s);
  const now = await desk("GET", "/responders/x1");
  expect(now).toMatchObject({ name: "Anne Holm", phone: null, skills: ["bls", "nurse"], travel: "car" });
  await page.keyboard.press("Escape");
  await page.locator("#find").fill("YILDIZ");
  await expect.poll(() => text(".howmany")).toBe("Nobody is found.");
});

test("what fails is said, done once, and can be tried again", async () => {
  const desk = muster.as("coordinator", "ann");
  await desk("POST", "/responders", { id: "ben", name: "Ben", skills: [], travel: "car" });
  await signIn("coordinator");
  await page.keyboard.press("r");
  await page.locator('.people-list .row[href="#/responder/ben"]').click();
  let asked = 0;
  let answer: () => void = () => undefined;
  await page.route("**/v1/responders/ben/verify", async (route) => {
    asked++;
    if (asked === 1) return route.abort();
    await new Promise<void>((go) => {
      answer = go;
    });
    return route.continue();
  });
  await press("Verify Ben");
  await expect.poll(() => text(".actions .failed")).toMatch(/No answer/);
  await press("Verify Ben");
  const waiting = page.getByRole("button", { name: "Verifying …" });
  await waiting.waitFor();
  expect(await waiting.isDisabled()).toBe(true);
  await waiting.click({ force: true });
  await expect.poll(() => asked).toBe(2);
  answer();
  await expect.poll(() => text(".rosterside .standing")).toBe("verified");
  expect(asked).toBe(2);

  // somebody whose enrolment arrived and whose answer was lost is enrolled once
  await page.route("**/v1/responders", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await route.fetch();
    await page.unroute("**/v1/responders");
    return route.abort();
  });
  await enrol("Cleo", "");
  await expect.poll(() => text(".form .failed")).toMatch(/No answer/);
  await press(/^Enrol$/);
  await expect.poll(() => text("#person-name")).toBe("Cleo");
  const { items } = (await desk("GET", "/responders")) as { items: { name: string }[] };
  expect(items.map(({ name }) => name).sort()).toEqual(["Ben", "Cleo"]);

  // a tracker whose answer was lost stands in the list, and its password nowhere
  await page.locator('.people-list .row[href="#/responder/ben"]').click();
  await page.route("**/v1/responders/ben/trackers", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await route.fetch();
    await page.unroute("**/v1/responders/ben/trackers");
    return route.abort();
  });
  await press("Make a tracker");
  await page.locator(".tracker").waitFor();
  await expect.poll(() => text(".makes:has(#tracker-label) .failed")).toMatch(/end it and make another/);

  // a count that cannot be had is not known, with its age; asked again it is
  await page.keyboard.press("Escape");
  await page.route("**/v1/readiness", (route) => route.fulfill({ status: 503, body: "{}" }));
  await press("Count again");
  await expect.poll(() => text(".ready span")).toMatch(/^Reachable: not known\d+ s ago 0 of \d$/);
  await page.unroute("**/v1/readiness");
  await press("Count again");
  await expect.poll(() => text(".ready span")).toMatch(/^0 of \d on duty reachable$/);
});

test("a call handler is shown none of it", async () => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await signIn("call_handler");
  await page.keyboard.press("r");
  await page.evaluate(() => {
    location.hash = "#/responders";
  });
  await press("ann");
  await expect.poll(() => text(".settings")).toMatch(/N, Esc/);
  expect(await page.locator(".ready, .roster").count()).toBe(0);
  await page.getByText("Nothing is open").waitFor();
  expect(asked.filter((path) => /readiness|responders|roster/.test(path))).toEqual([]);
});
