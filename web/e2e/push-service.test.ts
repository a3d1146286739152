// Web Push from the built server to a push service that others wrote: what it takes, opens, refuses and ends.
import { generateKeyPairSync, sign } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { launch } from "./browser.ts";
import { DEADLINE_MS, enter, newPhone, worker as workerReady } from "./phone-page.ts";
import { PlansFile } from "./plans.ts";
import { type Posted, PushService, type Subscription } from "./push-service.ts";
import { type Caller, type Muster, startMuster } from "./server.ts";
import { pushesOf } from "./service-worker.ts";

/** What every push says and nothing else (docs/decisions/0005-phone.md, "Web push"). */
const FIELDS = [
  "alert_id",
  "exercise",
  "expires_at",
  "expires_in_s",
  "incident_id",
  "role",
  "sent_at",
  "type",
  "version",
];
/** Where it happens; nothing of it may be in a push. */
const PLACE = { lat: 36.8529, lon: -75.978 };
/** A degree of latitude, metres. */
const DEGREE_M = 111_195;
const BERG = { name: "Anna Berg", phone: "+1 757 555 0101" };
const CALL = {
  kind: "chest_pain",
  location: PLACE,
  address: { line: "1 Main Street", floor: "3", entry_code: "4711", notes: "blue door" },
  scene: "safe",
};

interface Alert {
  id: string;
  responder_id: string;
  state: string;
}
type Push = Record<string, string>;

let plans: PlansFile;
let service: PushService;
let muster: Muster;
let desk: Caller;
let publicKey: string;
let raised = 0;
beforeAll(() => {
  plans = new PlansFile(10);
});
afterAll(() => plans?.remove());
beforeEach(async () => {
  service = await PushService.start();
  muster = await startMuster({ MUSTER__PLANS_FILE: plans.path });
  desk = muster.as("coordinator", "ann");
});
afterEach(async () => {
  await muster?.stop();
  await service?.stop();
});

interface Volunteer {
  id: string;
  call: Caller;
  subscription: Subscription;
}

/** Somebody on duty so many metres away whose browser has subscribed, with muster's key or another one. */
async function volunteer(id: string, away_m: number, key?: string): Promise<Volunteer> {
  await desk("POST", "/responders", { id, ...BERG, skills: ["bls"], travel: "foot" });
  await desk("POST", `/responders/${id}/verify`);
  const call = muster.as("responder", id);
  publicKey = ((await call("GET", "/push/webpush")) as { public_key: string }).public_key;
  const subscription = await service.subscribe(key ?? publicKey);
  await register(call, subscription);
  await call("PUT", "/me/duty", { on: true });
  const at = new Date().toISOString();
  const fix = { lat: PLACE.lat + away_m / DEGREE_M, lon: PLACE.lon, accuracy_m: 10, at };
  await call("POST", "/me/fixes", { device_id: "phone", sent_at: at, fixes: [fix] });
  return { id, call, subscription };
}

const register = (call: Caller, { endpoint, keys }: Subscription) =>
  call("PUT", "/me/devices/phone", { platform: "web", push: { webpush: { endpoint, ...keys } } });

const raise = async () =>
  ((await desk("POST", "/incidents", CALL, { "idempotency-key": `call-${++raised}` })) as { id: string }).id;

const alerts = async (incident: string) =>
  ((await desk("GET", `/incidents/${incident}`)) as { alerts: Alert[] }).alerts;

/** How each who was asked stands. */
const states = async (incident: string) =>
  Object.fromEntries((await alerts(incident)).map(({ responder_id, state }) => [responder_id, state]));

const log = async (incident: string) =>
  ((await desk("GET", `/incidents/${incident}/log`)) as { items: { type: string }[] }).items;

const pushState = async ({ call }: Volunteer) =>
  ((await call("GET", "/me")) as { devices: { push: string }[] }).devices.map(({ push }) => push);

/** What the service has opened for them once it is so many. */
async function opened({ subscription }: Volunteer, count: number): Promise<Push[]> {
  await expect.poll(async () => (await service.opened(subscription)).length).toBe(count);
  return (await service.opened(subscription)).map((text) => JSON.parse(text) as Push);
}

const word = (data: object | Buffer) =>
  (Buffer.isBuffer(data) ? data : Buffer.from(JSON.stringify(data))).toString("base64url");

/** The parts of a VAPID header. */
function vapid({ headers }: Posted): { token: string; key: string } {
  const [, token = "", key = ""] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? "") ?? [];
  return { token, key };
}

test("an alert is taken and opened: the documented fields, and nothing about anybody", async () => {
  const anna = await volunteer("anna", 100);
  const incident = await raise();
  const [push] = await opened(anna, 1);
  if (!push) throw new Error("nothing was opened");
  expect(Object.keys(push).sort()).toEqual(FIELDS);
  const [alert] = await alerts(incident);
  expect(push).toMatchObject({
    type: "alert",
    alert_id: alert?.id,
    incident_id: incident,
    exercise: "false",
  });
  expect(push.role).toMatch(/^[a-z_]+$/);
  expect(push.version).toMatch(/^\d+$/);
  expect(Date.parse(push.expires_at ?? "") - Date.parse(push.sent_at ?? "")).toBeGreaterThan(590_000);
  // nothing of the person, the place, the call or the phone; names of alert and incident are drawn
  const { alert_id: _, incident_id: __, ...rest } = push;
  const address = Object.values(CALL.address).filter((one) => one.length > 3);
  const place = Object.values(PLACE).map(String);
  const secrets = [...Object.values(BERG), ...address, ...place, "anna", "Berg", CALL.kind, "town"];
  expect(secrets.filter((one) => JSON.stringify(rest).includes(one))).toEqual([]);

  const [posted] = service.to(anna.subscription);
  if (!posted) throw new Error("nothing was posted");
  expect(posted.status).toBe(201);
  expect(posted.headers).toMatchObject({ "content-encoding": "aes128gcm", urgency: "high" });
  expect(Number(posted.headers.ttl)).toBe(Number(push.expires_in_s));
  expect(posted.headers.topic).toMatch(/^[\w-]{32}$/);
  expect(posted.body.includes("alert")).toBe(false);
  // signed for this service, for less than a day
  const { token, key } = vapid(posted);
  expect(key).toBe(publicKey);
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  expect(claims.aud).toBe(new URL(anna.subscription.endpoint).origin);
  const life_s = claims.exp - Date.now() / 1000;
  expect(life_s).toBeGreaterThan(0);
  expect(life_s).toBeLessThanOrEqual(24 * 3600);

  // a stand-down is another topic: it must not take the place of an alert that is yet to be shown
  await desk("POST", `/incidents/${incident}/close`, { outcome: "false_alarm" });
  const [, over] = await opened(anna, 2);
  expect(over).toMatchObject({ type: "stand_down", alert_id: alert?.id });
  expect(service.to(anna.subscription)[1]?.headers.topic).not.toBe(posted.headers.topic);
});

test("a test alert arrives too, without an incident", async () => {
  const anna = await volunteer("anna", 100);
  const { id } = (await anna.call("POST", "/me/test-alert")) as { id: string };
  const [push] = await opened(anna, 1);
  expect(Object.keys(push ?? {}).sort()).toEqual(FIELDS);
  expect(push).toMatchObject({ type: "test", alert_id: id, incident_id: "" });
});

test("a subscription that expired is buried, and somebody else is asked; a new one counts", async () => {
  const anna = await volunteer("anna", 100);
  const bert = await volunteer("bert", 300);
  expect(await pushState(anna)).toEqual(["ok"]);
  await service.expire(anna.subscription);
  const first = await raise();
  const [push] = await opened(bert, 1);
  expect(push).toMatchObject({ type: "alert", incident_id: first });
  expect(service.to(anna.subscription).map(({ status }) => status)).toEqual([410]);
  expect(await service.opened(anna.subscription)).toEqual([]);
  await expect.poll(() => pushState(anna)).toEqual(["dead"]);
  await expect.poll(() => states(first)).toMatchObject({ anna: "unreachable" });
  expect((await log(first)).map(({ type }) => type)).toContain("push_failed");
  await desk("POST", `/incidents/${first}/close`, { outcome: "false_alarm" });

  // she is not asked again, until her browser has subscribed anew
  const second = await raise();
  await expect.poll(async () => Object.keys(await states(second))).toEqual(["bert"]);
  await desk("POST", `/incidents/${second}/close`, { outcome: "false_alarm" });
  anna.subscription = await service.subscribe(publicKey);
  await register(anna.call, anna.subscription);
  expect(await pushState(anna)).toEqual(["ok"]);
  const third = await raise();
  const [again] = await opened(anna, 1);
  expect(again).toMatchObject({ type: "alert", incident_id: third });
});

test("the service takes the server's token, and the same push with any other is refused", async () => {
  const complained = vi.spyOn(console, "error").mockImplementation(() => {});
  const anna = await volunteer("anna", 100);
  await raise();
  await opened(anna, 1);
  const [posted] = service.to(anna.subscription);
  if (!posted) throw new Error("nothing was posted");
  const { token, key } = vapid(posted);
  /** The very same push once more, but for its signature. */
  const send = async (authorization: string) => {
    const kept = ["content-encoding", "content-type", "ttl", "urgency", "topic"];
    const headers = Object.fromEntries(kept.map((name) => [name, String(posted.headers[name])]));
    const body = new Uint8Array(posted.body);
    const all = { method: "POST", headers: { ...headers, authorization }, body };
    const response = await fetch(anna.subscription.endpoint, all);
    await response.arrayBuffer();
    return response.status;
  };
  expect(await send(`vapid t=${token}, k=${key}`)).toBe(201);

  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = stranger.publicKey.export({ format: "jwk" });
  const point = [Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")];
  const foreignKey = Buffer.concat(point).toString("base64url");
  const signed = (claims: object) => {
    const text = `${word({ typ: "JWT", alg: "ES256" })}.${word(claims)}`;
    const by = { key: stranger.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${text}.${word(sign("sha256", Buffer.from(text), by))}`;
  };
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  // signed by another key, under the server's name and under its own; changed afterwards; none at all
  expect(await send(`vapid t=${signed(claims)}, k=${key}`)).toBe(400);
  expect(await send(`vapid t=${signed(claims)}, k=${foreignKey}`)).toBe(400);
  const [head, , signature] = token.split(".");
  const longer = word({ ...claims, exp: claims.exp + 3600 });
  expect(await send(`vapid t=${head}.${longer}.${signature}, k=${key}`)).toBe(400);
  expect(await send("")).toBe(400);
  const texts = await service.opened(anna.subscription);
  expect(texts.length).toBe(2);
  expect(new Set(texts).size).toBe(1);
  expect(complained).toHaveBeenCalled();

  // made for another server's key: the service refuses ours there, which says nothing of the phone.
  // Its ask waits and is tried again, and somebody else is asked
  await volunteer("bert", 300);
  const carl = await volunteer("carl", 50, foreignKey);
  const incident = await raise();
  await expect.poll(() => states(incident)).toMatchObject({ carl: "queued", bert: "sent" });
  const answers = service.to(carl.subscription).map(({ status }) => status);
  expect(new Set(answers)).toEqual(new Set([400]));
  expect(await service.opened(carl.subscription)).toEqual([]);
  expect((await log(incident)).map(({ type }) => type)).toContain("push_put_off");
  complained.mockRestore();
});

test("whatever the service opens for a phone, its page's worker shows: as many notifications as pushes", async () => {
  const anna = await volunteer("anna", 100);
  const browser = await launch();
  try {
    const context = await newPhone(browser);
    const page = await context.newPage();
    const { path } = (await desk("POST", "/responders/anna/enrolment")) as { path: string };
    await enter(page, `${muster.url}${path}`);
    await workerReady(page);
    const worker = await pushesOf(context, page, muster.url);
    const count = await worker.counted();
    await page.goto("about:blank");
    const incident = await raise();
    const [alert] = await opened(anna, 1);
    await anna.call("POST", `/me/alerts/${alert?.alert_id}/accept`, { device_id: "phone" });
    const patch = (part: object) => desk("PATCH", `/incidents/${incident}`, part);
    // one after the other: the outbox may put two that wait into one
    for (const [pushes, part] of [
      [2, { message: "back entrance" }],
      [3, { scene: "unsafe" }],
      [4, { scene: "safe" }],
    ] as const) {
      await patch(part);
      await opened(anna, pushes);
    }
    await desk("POST", `/incidents/${incident}/close`, { outcome: "false_alarm" });
    await opened(anna, 5);
    await anna.call("POST", "/me/test-alert");
    const all = await opened(anna, 6);
    expect(all.map(({ type }) => type)).toEqual([
      "alert",
      "update",
      "danger",
      "update",
      "stand_down",
      "test",
    ]);
    // each comes twice, the later round all old
    for (const text of [
      ...(await service.opened(anna.subscription)),
      ...all.map((push) => JSON.stringify(push)),
    ])
      await worker.deliver(text);
    await expect.poll(async () => (await count())[0], { timeout: DEADLINE_MS }).toBe(12);
    // aloud once each, as the test is each time
    expect((await count())[1]).toBe(7);
  } finally {
    await browser.close();
  }
});
