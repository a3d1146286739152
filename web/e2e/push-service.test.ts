// Web Push to a push service that others wrote: it opens what the built server sends, refuses another's key, and says 410.
import { createECDH, createPrivateKey, createSign } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { HERE, poll } from "./phone-page.ts";
import { PushService, type Subscription } from "./push-service.ts";
import { type Caller, type Muster, startMuster } from "./server.ts";

interface Incident {
  id: string;
  alerts: { id: string; responder_id: string; state: string }[];
}

let service: PushService;
let muster: Muster;
let desk: Caller;
let anna: Caller;
let browser: Subscription;
let raised = 0;
beforeAll(async () => {
  service = await PushService.start();
  muster = await startMuster();
  desk = muster.as("coordinator", "ann");
  for (const id of ["anna", "bert"]) {
    await desk("POST", "/responders", { id, name: id, skills: ["bls"], travel: "foot" });
    await desk("POST", `/responders/${id}/verify`);
  }
  anna = muster.as("responder", "anna");
  const { public_key } = (await anna("GET", "/push/webpush")) as { public_key: string };
  browser = await service.subscribe(public_key);
});
beforeEach(async () => {
  await register(anna, browser);
  await anna("PUT", "/me/duty", { on: true });
  await stand(anna, 0);
});
afterAll(async () => {
  await muster?.stop();
  await service?.stop();
});

async function register(who: Caller, { endpoint, keys }: Subscription): Promise<void> {
  await who("PUT", "/me/devices/browser", { platform: "web", push: { webpush: { endpoint, ...keys } } });
}

/** Says where somebody is: so many metres further north. */
async function stand(who: Caller, north_m: number): Promise<void> {
  const at = new Date().toISOString();
  const lat = HERE.latitude + north_m / 111_195;
  const fix = { lat, lon: HERE.longitude, accuracy_m: 10, at };
  await who("POST", "/me/fixes", { device_id: "browser", sent_at: at, fixes: [fix] });
}

async function raise(): Promise<Incident> {
  const report = {
    kind: "cardiac_arrest",
    location: { lat: HERE.latitude, lon: HERE.longitude },
    scene: "safe",
  };
  return (await desk("POST", "/incidents", report, { "idempotency-key": `push-${++raised}` })) as Incident;
}
const look = async (id: string) => (await desk("GET", `/incidents/${id}`)) as Incident;
const close = (id: string) => desk("POST", `/incidents/${id}/close`, { outcome: "completed" });

/** What was sent of one kind. */
const sent = async (type: string) => (await service.opened(browser)).filter((one) => one.type === type);

test("an alert and its end are accepted and opened, and name nobody", async () => {
  const incident = await raise();
  await poll(() => sent("alert")).toHaveLength(1);
  const [alert] = await sent("alert");
  expect(Object.keys(alert ?? {}).sort()).toEqual([
    "alert_id",
    "exercise",
    "expires_at",
    "expires_in_s",
    "incident_id",
    "role",
    "sent_at",
    "type",
    "version",
  ]);
  expect(alert).toMatchObject({
    incident_id: incident.id,
    alert_id: incident.alerts[0]?.id,
    exercise: "false",
  });
  expect(JSON.stringify(alert)).not.toMatch(/anna|36\.85|-75\.97/);
  await poll(async () => (await look(incident.id)).alerts[0]?.state).toBe("sent");
  await close(incident.id);
  await poll(() => sent("stand_down")).toHaveLength(1);
  expect((await sent("stand_down"))[0]?.alert_id).toBe(alert?.alert_id);
});

test("a test alert makes the same way", async () => {
  const { id } = (await anna("POST", "/me/test-alert")) as { id: string };
  await poll(() => sent("test")).toHaveLength(1);
  expect((await sent("test"))[0]?.alert_id).toBe(id);
});

test("the service refuses a token of another key, so it did check ours", async () => {
  const other = createECDH("prime256v1");
  other.generateKeys();
  const { public_key } = (await anna("GET", "/push/webpush")) as { public_key: string };
  const complaint = vi.spyOn(console, "error").mockReturnValue();
  const response = await fetch(browser.endpoint, {
    method: "POST",
    headers: {
      ttl: "60",
      "content-encoding": "aes128gcm",
      "content-type": "application/octet-stream",
      authorization: `vapid t=${token(other.getPrivateKey(), other.getPublicKey())}, k=${public_key}`,
    },
    body: new Uint8Array(200),
  });
  complaint.mockRestore();
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("Invalid authentication token");
});

test("after 410 nothing goes there any more, and others are asked", async () => {
  const bert = muster.as("responder", "bert");
  const { public_key } = (await bert("GET", "/push/webpush")) as { public_key: string };
  const berts = await service.subscribe(public_key);
  await register(bert, berts);
  await bert("PUT", "/me/duty", { on: true });
  await stand(bert, 200);
  await service.expire(browser);
  const before = (await service.opened(browser)).length;
  const incident = await raise();
  await poll(
    async () => ((await anna("GET", "/me")) as { devices: { push: string }[] }).devices[0]?.push,
  ).toBe("dead");
  await poll(async () => (await service.opened(berts)).map(({ incident_id }) => incident_id)).toEqual([
    incident.id,
  ]);
  await poll(async () => state(await look(incident.id), "anna")).toBe("unreachable");
  expect((await service.opened(browser)).length).toBe(before);
  await close(incident.id);
});

const state = ({ alerts }: Incident, who: string) =>
  alerts.find(({ responder_id }) => responder_id === who)?.state;

/** A token that says the right things, signed by this key. */
function token(d: Buffer, point: Buffer): string {
  const jwk = { kty: "EC", crv: "P-256", d, x: point.subarray(1, 33), y: point.subarray(33) };
  const text = Object.entries(jwk).map(([name, value]) => [
    name,
    Buffer.isBuffer(value) ? value.toString("base64url") : value,
  ]);
  const key = createPrivateKey({ key: Object.fromEntries(text), format: "jwk" });
  const packed = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = { aud: service.url, exp: Math.floor(Date.now() / 1000) + 3600, sub: "mailto:a@b.example" };
  const head = `${packed({ typ: "JWT", alg: "ES256" })}.${packed(claims)}`;
  const signature = createSign("sha256").update(head).sign({ key, dsaEncoding: "ieee-p1363" });
  return `${head}.${signature.toString("base64url")}`;
}
