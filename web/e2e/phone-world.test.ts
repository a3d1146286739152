// The phone's page with the built server: enrolled with a real code, alerted by the real channel.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { complaints, launch } from "./browser.ts";
import { enter, HERE, hold, newPhone, poll, steps } from "./phone-page.ts";
import { type Caller, type Muster, startMuster } from "./server.ts";

interface Incident {
  id: string;
  summary: { coming: number; on_scene: number };
  alerts: {
    id: string;
    state: string;
    in_danger: boolean;
    with_patient_at: string | null;
    finish_reason: string | null;
  }[];
}

let browser: Browser;
let muster: Muster;
let desk: Caller;
let context: BrowserContext;
let page: Page;
let heard: string[];
let raised = 0;
beforeAll(async () => {
  browser = await launch();
  muster = await startMuster();
  desk = muster.as("coordinator", "ann");
  await desk("POST", "/responders", {
    id: "anna",
    name: "Anna Berg",
    skills: ["bls"],
    travel: "foot",
    exercises: true,
  });
  await desk("POST", "/responders/anna/verify");
  await muster.as("responder", "anna")("PUT", "/me/duty", { on: true });
});
afterAll(async () => {
  await browser?.close();
  await muster?.stop();
});
beforeEach(async () => {
  context = await newPhone(browser);
  page = await context.newPage();
  heard = complaints(page);
  const { path } = (await desk("POST", "/responders/anna/enrolment", { sign_out_others: true })) as {
    path: string;
  };
  // a browser in a closed network has no push service: another phone of hers can be reached by push
  const anna = muster.as("responder", "anna");
  await anna("PUT", "/me/devices/old-phone", { platform: "android", push: { fcm_token: "made-up" } });
  await enter(page, `${muster.url}${path}`);
  await steps(page);
});
afterEach(async () => {
  await context.close();
  // a browser without a profile says so of its pushes
  expect(heard.filter((one) => !/Push API/.test(one))).toEqual([]);
});

const shows = (selector: string) => page.locator(selector).waitFor();
const look = async (id: string) => (await desk("GET", `/incidents/${id}`)) as Incident;

/** A call from a hundred metres away. */
async function raise(part = {}): Promise<Incident> {
  const report = {
    kind: "cardiac_arrest",
    location: { lat: HERE.latitude + 0.0009, lon: HERE.longitude },
    address: { line: "1 Main Street", floor: "3", entry_code: "4711", notes: "blue door" },
    scene: "safe",
    ...part,
  };
  return (await desk("POST", "/incidents", report, { "idempotency-key": `call-${++raised}` })) as Incident;
}

/** The phone's channel is there, and with it what it said of its position. */
const connected = async () => {
  const readiness = async () => (await desk("GET", "/readiness")) as { connected: number };
  await poll(async () => (await readiness()).connected).toBe(1);
};

test("from the code to the report: asked, accepted, there, finished", async () => {
  await connected();
  const { id } = await raise();
  await shows(".alert.is-real");
  await hold(page, /I am coming/, '.engaged[data-stage="accepted"]');
  expect(await page.locator(".place").textContent()).toMatch(/1 Main Street.*4711.*blue door/s);
  await poll(async () => (await look(id)).summary.coming).toBe(1);
  await page.locator('.step[data-step="depart"]').tap();
  await page.locator('.step[data-step="arrive"]').tap();
  await poll(async () => (await look(id)).summary.on_scene).toBe(1);
  await page.locator('.step[data-step="with-patient"]').tap();
  await poll(async () => (await look(id)).alerts[0]?.with_patient_at).toMatch(/T.*Z$/);
  await page.locator('.step[data-step="finish"]').tap();
  await page.getByRole("button", { name: "The ambulance took over" }).tap();
  await shows(".after");
  await poll(async () => (await look(id)).alerts[0]?.state).toBe("finished");
  await page.locator("label", { hasText: "Please call me" }).tap();
  await page.getByRole("button", { name: "Send" }).tap();
  await shows(".duty");
  const wishes = async () => {
    const reports = await desk("GET", `/incidents/${id}/reports`);
    return (reports as { items: { alert_id: string; call_me?: boolean }[] }).items;
  };
  const [report] = await wishes();
  expect(report?.call_me).toBeUndefined();
  // read by whoever takes it, and by nobody before
  await desk("POST", `/follow-ups/${report?.alert_id}/take`, {});
  expect((await wishes()).map(({ call_me }) => call_me)).toEqual([true]);
});

test("not safe reaches the desk; a stand-down cannot be missed", async () => {
  await connected();
  const { id } = await raise();
  await shows(".alert");
  await hold(page, /I am coming/, ".engaged");
  await hold(page, /I am not safe/, ".unsafe-said");
  await poll(async () => (await look(id)).alerts[0]?.in_danger).toBe(true);
  await desk("POST", `/incidents/${id}/close`, { outcome: "ems_on_scene" });
  await shows(".stop.stop-stand_down");
  await page.getByRole("button", { name: "I have read this" }).tap();
  await shows(".after");
});

const patch = (id: string, part: object) => desk("PATCH", `/incidents/${id}`, part);
const danger = async (id: string) => (await look(id)).alerts[0]?.in_danger;

test("danger is a cycle: twice to the desk, safe by their own word, and the all-clear by the desk's", async () => {
  await connected();
  const { id } = await raise();
  await hold(page, /I am coming/, ".engaged");
  const reports = async () => {
    const { items } = (await desk("GET", `/incidents/${id}/log`)) as { items: { type: string }[] };
    return items.filter(({ type }) => type === "danger_reported").length;
  };
  await hold(page, /I am not safe/, '.unsafe-said[data-said="unsafe.known"]');
  await page.getByRole("button", { name: /I am not safe/ }).tap();
  await page.getByRole("button", { name: "Tell the control room: not safe" }).tap();
  await poll(reports).toBe(2);
  await page.getByRole("button", { name: "I am safe now" }).tap();
  await poll(() => danger(id)).toBe(false);
  // the danger of the incident is the desk's to end
  await poll(() => page.locator(".danger-card").textContent()).toMatch(/Stay away/);
  await patch(id, { scene: "safe" });
  await shows(".stop.stop-all_clear");
  await page.getByRole("button", { name: "I have read this" }).tap();
  await shows(".next .step");
  expect(await page.content()).not.toMatch(/stay away|Get out of danger/i);
  await desk("POST", `/incidents/${id}/close`, { outcome: "completed" });
  await poll(() => page.locator(".stop .lead").textContent()).toMatch(/The incident is done/);
});

test("an unsafe scene by a coordinator's word: said before the yes, and the yes is said twice", async () => {
  await connected();
  const { id } = await raise({ scene: "unsafe" });
  await desk("POST", `/incidents/${id}/release`, { reason: "police is there", override: "scene_unsafe" });
  await shows(".alert .scene");
  await hold(page, /I am coming/, ".answers.again");
  await page.getByRole("button", { name: "Yes, although it is unsafe" }).tap();
  await shows(".engaged");
  await poll(async () => (await look(id)).summary.coming).toBe(1);
  expect(await page.content()).not.toMatch(/stay away/i);
  // a new word of the desk ends the override
  await patch(id, { scene: "safe" });
  await patch(id, { scene: "unsafe" });
  await shows(".stop.stop-danger");
  await hold(page, /I am leaving/, ".after");
  await poll(async () => (await look(id)).alerts[0]?.state).toBe("withdrawn");
  await desk("POST", `/incidents/${id}/close`, { outcome: "completed" });
});

test("a moved place: the old address is the old one until it is sent again", async () => {
  await connected();
  const { id } = await raise();
  await hold(page, /I am coming/, ".engaged");
  await patch(id, { location: { lat: HERE.latitude + 0.0018, lon: HERE.longitude } });
  await poll(() => page.locator(".place").textContent()).toMatch(/Door code of the old address.*4711/s);
  await poll(() => page.locator(".moved").textContent()).toMatch(/of the old place/);
  await patch(id, { address: { line: "9 Quay" } });
  await poll(() => page.locator(".place").textContent()).toMatch(/9 Quay/);
  await poll(() => page.locator(".moved").textContent()).toMatch(/of the new place/);
  await desk("POST", `/incidents/${id}/close`, { outcome: "false_alarm" });
  await poll(() => page.locator(".stop .lead").textContent()).toMatch(/It was a false alarm/);
});

test("finished with a reason reaches the desk", async () => {
  await connected();
  const { id } = await raise();
  await hold(page, /I am coming/, ".engaged");
  await page.locator('.step[data-step="depart"]').tap();
  await page.locator('.step[data-step="arrive"]').tap();
  await page.locator(".more").getByRole("button", { name: "I am finished" }).tap();
  await page.getByRole("button", { name: "I could not get in" }).tap();
  await shows(".after");
  await poll(async () => (await look(id)).alerts[0]).toMatchObject({
    state: "finished",
    finish_reason: "no_access",
  });
  await desk("POST", `/incidents/${id}/close`, { outcome: "completed" });
});

test("the time is that until somebody else is asked", async () => {
  await connected();
  const { id } = await raise();
  const countdown = () => page.locator(".countdown").textContent();
  await poll(countdown).toMatch(/^0:[0-5]\d.*until others may be asked/);
  await desk("POST", `/incidents/${id}/close`, { outcome: "stood_down" });
  await poll(() => page.locator(".stop .lead").textContent()).toMatch(/needs no volunteers there/);
});
