// Many lives of incidents on the built server, taken at random from one seed: moved, held, in danger, reopened, closed,
// silent, gone. After each step the sentences of the desk and of each phone go to a checker in another language, which
// knows the log and the positions that were sent, and neither the server nor the pages.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Incident, LogItem } from "../desk/src/api/types.ts";
import { alarms } from "../desk/src/state/urgency.ts";
import { factsOf } from "../phone/src/alerts/facts.ts";
import { isEngaged } from "../phone/src/alerts/known.ts";
import { alertFromJson } from "../phone/src/api/from-json.ts";
import { deskSentences } from "../shared/sentences/desk/sentences.ts";
import { everything } from "../shared/sentences/phone/words.ts";
import { type Case, type Fix, firsts, judge, type Point } from "../truth/check.ts";
import { ABOUT_A_PHONE, ABOUT_THE_DESK, tell } from "../truth/lies.ts";
import { HURRIED, PlansFile } from "./plans.ts";
import { PushService } from "./push-service.ts";
import { type Caller, type Muster, startMuster } from "./server.ts";

const SEED = Number(process.env.SEED ?? 1);
const LIVES = 10;
const STEPS = 16;
const PEOPLE = 6;
/** A degree of latitude, metres. */
const DEGREE_M = 111_195;
/** Each life is so far from the others that nobody is in reach of two, degrees. */
const APART = 0.2;

/** An instant passes between the server's answer and the look at it, seconds. */
const SLACK_S = 3;
const ADDRESS = { line: "1 Main Street", entry_code: "4711" };

/** Numbers from 0 to 1, the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const rest = (ms: number) => new Promise((done) => setTimeout(done, ms));

let muster: Muster;
let plans: PlansFile;
let service: PushService;
let desk: Caller;
let cases: Case[];

beforeAll(async () => {
  plans = new PlansFile(HURRIED);
  muster = await startMuster({ MUSTER__PLANS_FILE: plans.path });
  service = await PushService.start();
  desk = muster.as("coordinator", "carla");
  const lives = await Promise.all(Array.from({ length: LIVES }, (_, n) => new Life(n).live()));
  cases = lives.flat();
}, 400_000);
afterAll(async () => {
  await muster?.stop();
  await service?.stop();
  plans?.remove();
});

/** One incident with its people, from the raise to a minute after the last step. */
class Life {
  private readonly chance: () => number;
  private place: Point;
  private readonly people: { id: string; call: Caller; metres: number }[];
  private readonly fixes: Record<string, Fix[]> = {};
  private readonly cases: Case[] = [];
  private id = "";

  constructor(private readonly n: number) {
    this.chance = chances(SEED * 1000 + n);
    this.place = { lat: 30 + n * APART, lon: 10 };
    this.people = Array.from({ length: PEOPLE }, (_, k) => {
      const id = `p-${n}-${k}`;
      return { id, call: muster.as("responder", id), metres: [150, 350, 500, 900, 1400, 3000][k] ?? 500 };
    });
  }

  async live(): Promise<Case[]> {
    for (const [k, one] of this.people.entries()) {
      const skills = [["bls"], ["bls", "nurse"], ["doctor"]][k % 3];
      await desk("POST", "/responders", { id: one.id, name: `Person ${one.id}`, skills, travel: "foot" });
      await desk("POST", `/responders/${one.id}/verify`, {});
      await one.call("PUT", "/me/duty", { on: true });
      // nobody takes a push of the last one
      const { public_key } = (await one.call("GET", "/push/webpush")) as { public_key: string };
      const { endpoint, keys } = await service.subscribe(public_key);
      const push = k < PEOPLE - 1 ? { webpush: { endpoint, ...keys } } : { fcm_token: `t-${one.id}` };
      await one.call("PUT", `/me/devices/d-${one.id}`, { platform: "web", push });
      await this.move(one, one.metres);
    }
    await this.raise();
    for (let step = 0; step < STEPS; step++) {
      const done = await this.act();
      await this.look(done);
      await rest(300 + this.chance() * 1500);
      await this.look(`${done}, later`);
    }
    // a position is a minute old when a minute has gone
    await rest(62_000);
    await this.look("a minute later");
    return this.cases;
  }

  private async raise(): Promise<void> {
    const scene = this.pick(["safe", "safe", "safe", "unknown", "unsafe"]);
    const report = {
      kind: this.pick(["cardiac_arrest", "strict"]),
      location: { ...this.place, uncertainty_m: 15 },
      address: ADDRESS,
      scene,
      ...(this.chance() < 0.5 && { ems_eta_s: Math.round(this.chance() * 90) }),
    };
    const raised = (await desk("POST", "/incidents", report, {
      "idempotency-key": `life-${this.n}`,
    })) as Incident;
    this.id = raised.id;
    await this.look(`raised, ${scene}`);
  }

  /** North of the place, so far from it. */
  private async move(one: { id: string; call: Caller }, metres: number): Promise<void> {
    const at = new Date().toISOString();
    const fix = { lat: this.place.lat + metres / DEGREE_M, lon: this.place.lon, accuracy_m: 8, at };
    const body = { device_id: `d-${one.id}`, sent_at: at, fixes: [fix] };
    const answer = (await one.call("POST", "/me/fixes", body)) as { accepted: number };
    if (answer.accepted === 1) this.fixes[one.id] = [...(this.fixes[one.id] ?? []), fix];
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.chance() * from.length)] as T;
  }

  /** One thing that somebody does now; a refusal by the server is as good as anything else. */
  private async act(): Promise<string> {
    const incident = (await desk("GET", `/incidents/${this.id}`)) as Incident;
    const things: [string, () => Promise<unknown>][] = [];
    const post = (what: string, body: object) => () => desk("POST", `/incidents/${this.id}/${what}`, body);
    const patch = (body: object) => () => desk("PATCH", `/incidents/${this.id}`, body);
    for (const alert of incident.alerts) {
      const one = this.people.find(({ id }) => id === alert.responder_id);
      if (!one) continue;
      const say = (verb: string, body: object = {}) =>
        things.push([`${one.id} ${verb}`, () => one.call("POST", `/me/alerts/${alert.id}/${verb}`, body)]);
      const engaged = ["accepted", "en_route", "on_scene"].includes(alert.state);
      if (["queued", "sent", "received", "seen", "lapsed"].includes(alert.state)) {
        for (const verb of ["seen", "accept", "accept", "decline"]) say(verb);
        say("accept", incident.override ? { override: "scene_unsafe" } : {});
      }
      if (!engaged) continue;
      for (const metres of [one.metres, one.metres * 0.6, 120, 10]) {
        things.push([`${one.id} is at ${metres} m`, () => this.move(one, metres)]);
      }
      for (const verb of ["depart", "arrive", "with-patient", "unsafe", "safe", "decline"]) say(verb);
      for (const reason of ["ems_took_over", "not_needed", "no_access", "had_to_leave"])
        say("finish", { reason });
      const stand = `alerts/${alert.id}`;
      things.push(["stood down by the desk", post(`${stand}/stand-down`, {})]);
      if (alert.state === "on_scene")
        things.push(["corrected", post(`${stand}/correct`, { state: "en_route" })]);
    }
    for (const alert of incident.alerts.filter(({ state }) => state === "finished")) {
      things.push(["taken back", post(`alerts/${alert.id}/correct`, { state: "on_scene" })]);
    }
    if (incident.state === "closed") things.push(["reopened", post("reopen", { reason: "too early" })]);
    else {
      for (const scene of ["safe", "unsafe", "unknown"]) things.push([`scene ${scene}`, patch({ scene })]);
      things.push(
        ["moved", () => this.relocate(patch)],
        ["address confirmed", patch({ address_confirmed: true })],
      );
      things.push(
        ["another kind", patch({ kind: "strict" })],
        ["wider", post("widen", { from_wave: incident.wave })],
      );
      things.push(["ambulance", patch({ ems_eta_s: 40 })]);
      if (this.chance() < 0.3) things.push(["closed", post("close", { outcome: "stood_down" })]);
    }
    if (incident.state === "held") {
      things.push(["released", post("release", { reason: "asked again" })]);
      things.push(["overridden", post("release", { reason: "police is there", override: "scene_unsafe" })]);
    }
    const [name, thing] = this.pick(things);
    const refused = await thing().then(
      () => "",
      (error: unknown) => ` (refused: ${String(error).slice(0, 120)})`,
    );
    return name + refused;
  }

  private async relocate(patch: (body: object) => () => Promise<unknown>): Promise<void> {
    const to = { lat: this.place.lat - 100 / DEGREE_M, lon: this.place.lon };
    await patch({ location: to })();
    this.place = to;
  }

  /** What the desk and each phone show now, with what the checker may know. */
  private async look(step: string): Promise<void> {
    for (;;) {
      const before = await this.log();
      const incident = (await desk("GET", `/incidents/${this.id}`)) as Incident;
      const at = Date.now();
      const phones = await Promise.all(this.people.map(async (one) => await this.phone(one.call, step)));
      // nothing may have happened in between
      if ((await this.log()).length !== before.length) continue;
      const shown = deskSentences(incident, at, alarms(incident, at));
      const said = shown.map(({ where, alert_id, en, de }) => ({ where, alert_id, en, de }));
      const all = [{ said, now: new Date(at).toISOString() }, ...phones.flat()];
      const known = {
        place: this.place,
        log: before,
        fixes: structuredClone(this.fixes),
        address: ADDRESS,
        slack_s: SLACK_S,
        step: `life ${this.n}, seed ${SEED}: ${step}`,
      };
      this.cases.push(...all.map((one) => ({ ...known, ...one })));
      return;
    }
  }

  /** What a phone says of its alerts of this incident that has no position of its own, whatever was read of them. */
  private async phone(call: Caller, step: string): Promise<Pick<Case, "said" | "now" | "phone">[]> {
    const { items } = (await call("GET", "/me/alerts")) as { items: Record<string, unknown>[] };
    const mono = performance.now();
    const now = new Date().toISOString();
    return items.map(alertFromJson).flatMap((alert) => {
      if (alert.incident_id !== this.id) throw new Error(`${step}: an alert of another life`);
      const answerAt = mono + alert.answer_in_s * 1000;
      return ([null, "update", "danger", "all_clear"] as const).map((notice) => {
        const held = { alert, endsAt: 0, answerAt, engaged: isEngaged(alert), notice, read: 0 };
        const said = everything(factsOf(held, [], mono, null));
        return {
          now,
          said: said.map(({ en, de }) => ({ where: "face", en, de })),
          phone: { alert_id: alert.id, unsent: [], own: null, elsewhere: false },
        };
      });
    });
  }

  private async log(): Promise<LogItem[]> {
    return ((await desk("GET", `/incidents/${this.id}/log`)) as { items: LogItem[] }).items;
  }
}

test("every sentence is true of the log and the positions, in both languages", async () => {
  expect(firsts(await judge(cases), (n) => cases[n]?.log)).toEqual([]);
});

test("the lives meet most of what can be said", () => {
  const met = (some: Case[]) =>
    new Set(some.flatMap(({ said }) => said.map(({ en }) => en?.replace(/[\d:]+.*/, "")))).size;
  expect(met(cases.filter(({ phone }) => !phone))).toBeGreaterThan(40);
  expect(met(cases.filter(({ phone }) => phone))).toBeGreaterThan(30);
});

test("sentences made false on purpose are caught, all of them", async () => {
  // the lives of one seed need not meet every sentence
  const caught = [...(await tell([...ABOUT_THE_DESK, ...ABOUT_A_PHONE], cases))];
  expect(caught.filter(([, { told }]) => told > 0).length).toBeGreaterThanOrEqual(15);
  expect(caught.filter(([, { believed }]) => believed > 0).map(([name]) => name)).toEqual([]);
});
