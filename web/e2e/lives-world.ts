// The built server with a push service, a desk in each language, and incidents whose every word is judged at each step:
// by what was done, what the log says and which positions were sent.
import { PbfReader } from "pbf";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import type { Alert, Incident, LogItem } from "../desk/src/api/types.ts";
import deWords from "../desk/src/messages/de.json";
import enWords from "../desk/src/messages/en.json";
import { readUp } from "../phone/src/generated/phone.js";
import { type Case, type Fix, judge, type Point } from "../truth/check.ts";
import { complaints, launch, newContext } from "./browser.ts";
import { type Language, readDesk, readPhone } from "./lives-read.ts";
import { Record } from "./lives-record.ts";
import { enter, newPhone, poll, steps } from "./phone-page.ts";
import { PlansFile, plan } from "./plans.ts";
import { PushService } from "./push-service.ts";
import { type Caller, type Muster, startMuster } from "./server.ts";

/** A degree of latitude, metres. */
const DEGREE_M = 111_195;
/** Each life is so far from the others that nobody is in reach of two, degrees. */
const APART = 0.1;
/** An instant passes between what is known and the look at it, seconds. */
const SLACK_S = 3;
/** A position reaches the desk within so long, seconds: at most every five it is told of the same person. */
const LATE_S = 5 + SLACK_S;
const ADDRESS = { line: "1 Main Street", floor: "3", entry_code: "4711", notes: "blue door" };
const WORDS = { en: enWords, de: deWords };

/** Two of the nearest, then of those further away; of a stroke one alone, and of chest pain for some seconds. */
const PLANS = [
  { id: "default", answer_window_s: 60, expires_s: 600, wanted: 2, reach_m: [600, 1500] },
  { id: "stroke", answer_window_s: 60, expires_s: 600, wanted: 1, reach_m: [600] },
  { id: "chest_pain", answer_window_s: 10, expires_s: 30, wanted: 1, reach_m: [600] },
]
  .map(({ id, reach_m, ...windows }) =>
    plan(
      id,
      reach_m.map((radius_m, n) => [n * 45, radius_m, windows.wanted]),
      { ...windows, receipt_window_s: windows.answer_window_s },
    ),
  )
  .join("\n");

export class World {
  readonly record = new Record();
  private lives = 0;

  private constructor(
    readonly muster: Muster,
    readonly service: PushService,
    readonly browser: Browser,
    readonly desks: { [language in Language]: Page },
    readonly heard: string[][],
    private readonly plans: PlansFile,
  ) {}

  static async start(): Promise<World> {
    const plans = new PlansFile(PLANS);
    const service = await PushService.start();
    const muster = await startMuster({ MUSTER__PLANS_FILE: plans.path });
    const browser = await launch();
    const heard: string[][] = [];
    const open = async (language: Language) => {
      const context = await newContext(browser, "light", language);
      const page = await context.newPage();
      await page.setViewportSize({ width: 1366, height: 1300 });
      // the shapes of the continents take long to draw, and say nothing
      await page.route("**/land-10m*", (route) => route.abort());
      heard.push(complaints(page));
      await page.goto(muster.url);
      await page.locator("#token").fill(muster.token("coordinator", "carla"));
      await page.keyboard.press("Enter");
      await page.locator(".line-live").waitFor();
      return page;
    };
    const desks = { en: await open("en"), de: await open("de") };
    return new World(muster, service, browser, desks, heard, plans);
  }

  /** An incident that is about to be, with its people: `anna` has the page, the others are on duty with what they have. */
  async life(name: string, desk: Language, others: { [name: string]: number } = {}): Promise<Life> {
    const life = new Life(this, name, desk, ++this.lives);
    await life.begin(others);
    return life;
  }

  async stop(): Promise<void> {
    this.record.close();
    await this.browser.close();
    await this.muster.stop();
    await this.service.stop();
    this.plans.remove();
  }
}

/** What is so besides what the log says. */
interface More {
  unsent?: string[];
  /** The line is cut since then, milliseconds. */
  cut?: number;
}

/** What both pages show before every word is read. */
interface Until {
  /** A sentence on the desk's page. */
  desk: RegExp;
  /** On the phone: what is there. */
  phone: string;
}

export class Life {
  readonly desk: Page;
  readonly phoneLanguage: Language;
  readonly call: Caller;
  place: Point;
  address: Case["address"] = ADDRESS;
  message: string | null = null;
  id = "";
  /** The incident that the phone is on, where that is another one than the desk looks at. */
  on: { id: string; address: Case["address"] } | null = null;
  phone!: Page;
  private context!: BrowserContext;
  private own: Point;
  private readonly names: { [id: string]: string } = {};
  private readonly fixes: { [id: string]: Fix[] } = {};
  private readonly people = new Map<string, Caller>();
  /** The log as it was read last. */
  private known: LogItem[] = [];
  private others: string[] = [];
  private raised = 0;
  private locating: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly world: World,
    readonly name: string,
    readonly language: Language,
    private readonly n: number,
  ) {
    this.desk = world.desks[language];
    // what the one page says in English the other says in German
    this.phoneLanguage = language === "en" ? "de" : "en";
    this.call = world.muster.as("coordinator", "carla");
    this.place = { lat: 36.85 + n * APART, lon: -75.975 };
    this.own = this.north(300);
  }

  private readonly idOf = (name: string) => `${name}-${this.n}`;

  private as(name: string): Caller {
    const call = this.people.get(name);
    if (!call) throw new Error(`nobody is called ${name}`);
    return call;
  }

  /** So many metres north of the place. */
  north(metres: number): Point {
    return { lat: this.place.lat + metres / DEGREE_M, lon: this.place.lon };
  }

  async begin(others: { [name: string]: number }): Promise<void> {
    await this.enlist("anna", 300);
    for (const [name, metres] of Object.entries(others)) await this.enlist(name, metres);
    this.context = await newPhone(this.world.browser, "light", this.phoneLanguage);
    await this.locate();
    // a real phone's position is a new one each second, also where nobody moves
    this.locating = setInterval(() => void this.locate().catch(() => undefined), 1_000);
    this.phone = await this.context.newPage();
    this.listen(this.phone);
    const { path } = (await this.call("POST", `/responders/${this.idOf("anna")}/enrolment`)) as {
      path: string;
    };
    await enter(this.phone, `${this.world.muster.url}${path}`);
    await steps(this.phone);
    // where the page says that they are, before anybody is asked
    await poll(() => this.fixes[this.idOf("anna")]?.length ?? 0).toBeGreaterThan(1);
  }

  /** Somebody on duty whose phone is reached by the push service. */
  private async enlist(name: string, metres: number): Promise<void> {
    const id = this.idOf(name);
    const shown = `${name.slice(0, 1).toUpperCase()}${name.slice(1)} Berg`;
    this.names[id] = shown;
    await this.call("POST", "/responders", { id, name: shown, skills: ["bls"], travel: "foot" });
    await this.call("POST", `/responders/${id}/verify`, {});
    const call = this.world.muster.as("responder", id);
    this.people.set(name, call);
    const { public_key } = (await call("GET", "/push/webpush")) as { public_key: string };
    const { endpoint, keys } = await this.world.service.subscribe(public_key);
    const push = { webpush: { endpoint, ...keys } };
    await call("PUT", "/me/devices/old-phone", { platform: "web", push });
    await call("PUT", "/me/duty", { on: true });
    await this.goes(name, metres);
  }

  /** Somebody without a page is so far from the place. */
  async goes(name: string, metres: number): Promise<void> {
    const at = new Date().toISOString();
    const fix = { ...this.north(metres), accuracy_m: 8, at };
    const body = { device_id: "old-phone", sent_at: at, fixes: [fix] };
    await this.as(name)("POST", "/me/fixes", body);
    this.sent(this.idOf(name), fix);
  }

  /** The phone with the page is so far from the place. */
  async walks(metres: number): Promise<void> {
    this.own = this.north(metres);
    await this.locate();
  }

  private async locate(): Promise<void> {
    const { lon: longitude, lat: latitude } = this.own;
    await this.context.setGeolocation({ longitude, latitude, accuracy: 12 });
  }

  private sent(id: string, fix: Fix): void {
    this.fixes[id] = [...(this.fixes[id] ?? []), fix];
  }

  /** Every position that leaves the page is noted, by whichever way. */
  private listen(page: Page): void {
    const id = this.idOf("anna");
    const take = (fix: { lat: number; lon: number; accuracy_m: number; at_ms: number }) =>
      this.sent(id, { ...fix, at: new Date(fix.at_ms).toISOString() });
    page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => {
        if (typeof payload === "string") return;
        const { fixes, say } = readUp(new PbfReader(payload));
        for (const fix of fixes?.fixes ?? []) take(fix);
        if (say?.fix) take(say.fix);
      }),
    );
    page.on("request", (request) => {
      if (request.method() !== "POST" || !/\/v1\/me\/(fixes|alerts)/.test(request.url())) return;
      const { fixes, fix } = request.postDataJSON() as { fixes?: Fix[]; fix?: Fix };
      for (const one of fixes ?? (fix ? [fix] : [])) this.sent(id, one);
    });
  }

  /** Raises it, and opens it at the desk. */
  async raise(part: object = {}): Promise<Incident> {
    const incident = await this.report(part);
    this.id = incident.id;
    await this.opens();
    return incident;
  }

  /** The desk looks at it. */
  async opens(): Promise<void> {
    await this.desk.goto(`${this.world.muster.url}/desk/#/incident/${this.id}`);
  }

  /** A call from here. */
  async report(part: object = {}): Promise<Incident> {
    const report = { kind: "cardiac_arrest", location: this.place, address: ADDRESS, scene: "safe", ...part };
    const key = { "idempotency-key": `life-${this.n}-${++this.raised}` };
    return (await this.call("POST", "/incidents", report, key)) as Incident;
  }

  /** What else is called by this name at the desk. */
  also(...names: string[]): void {
    this.others = names;
  }

  patch = (part: object) => this.call("PATCH", `/incidents/${this.id}`, part);
  incident = async () => (await this.call("GET", `/incidents/${this.id}`)) as Incident;
  log = async (id = this.id) =>
    ((await this.call("GET", `/incidents/${id}/log`)) as { items: LogItem[] }).items;

  /** Somebody without a page says this of their alert. */
  async says(name: string, verb: string, body: object = {}): Promise<void> {
    const id = this.idOf(name);
    const alert = (await this.incident()).alerts.findLast(({ responder_id }) => responder_id === id);
    await this.as(name)("POST", `/me/alerts/${alert?.id}/${verb}`, body);
  }

  /** An action at the desk: by its name among the actions, filled in, agreed to and sent. */
  async acts(action: string, { text, choice }: { text?: string; choice?: string } = {}): Promise<void> {
    const label = (WORDS[this.language] as { [key: string]: string })[`action.${action}`] ?? action;
    await this.desk.locator(".actions > .buttons").getByRole("button", { name: label, exact: true }).click();
    const form = this.desk.locator("form.confirm");
    await form.waitFor();
    if (choice) await form.locator("select").selectOption(choice);
    if (text) await form.locator("textarea").fill(text);
    const agree = form.locator('input[type="checkbox"]');
    if (await agree.count()) await agree.check();
    await form.locator('button[type="submit"]').click();
    await form.waitFor({ state: "detached" });
  }

  /** Waits until the desk knows that the phone shows the last change: that moves no version. */
  async isSeen(): Promise<void> {
    const mine = (await this.incident()).alerts.findLast(
      ({ responder_id }) => responder_id === this.idOf("anna"),
    );
    const missing = this.desk.locator(`.person[data-alert="${mine?.id}"] .state b.bad`);
    await poll(() => missing.count()).toBe(0);
  }

  tap = (selector: string) => this.phone.locator(selector).tap();

  /** Holds a button of the phone down until what it says is there. */
  async hold(selector: string, until: string): Promise<void> {
    const box = await this.phone.locator(selector).boundingBox();
    if (!box) throw new Error(`no button ${selector}`);
    await this.phone.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await this.phone.mouse.down();
    await this.phone.locator(until).waitFor();
    await this.phone.mouse.up();
  }

  /** Waits until both pages show it and are as new as the server, and then judges every word on them. */
  async step(name: string, until: Until, more: More = {}): Promise<void> {
    const text = async () => (await this.desk.locator(".incident").textContent())?.replaceAll(/\s+/g, " ");
    await poll(text).toMatch(until.desk);
    await this.phone.locator(until.phone).first().waitFor();
    if (more.cut === undefined) await this.isNew();
    const { cases, pictures } = await this.look(name, more);
    const wrong = (await judge(cases)).flat();
    const said = cases.flatMap((one) => one.said);
    this.world.record.step({ life: this.name, name, pictures, said, wrong });
    expect.soft(wrong, `${this.name}: ${name}`).toEqual([]);
    expect.soft(said.length).toBeGreaterThan(5);
  }

  /** What the pages show is the newest that the server has. */
  private async isNew(): Promise<void> {
    const version = async (page: Page, selector: string) =>
      Number(await page.locator(selector).first().getAttribute("data-version"));
    await poll(async () => {
      const { version: newest } = await this.incident();
      const shown = [await version(this.desk, ".incident"), await version(this.desk, ".timeline")];
      const { items } = (await this.as("anna")("GET", "/me/alerts")) as { items: Alert[] };
      const of = this.on?.id ?? this.id;
      const mine = items.find((alert) => (alert as { incident_id?: string }).incident_id === of);
      const behind = mine ? (await version(this.phone, "main")) < mine.version : false;
      return shown.every((one) => one >= newest) && !behind;
    }).toBe(true);
  }

  /** The last alert of the phone with the page, as far as this log goes. */
  private mine(log: LogItem[]): string | undefined {
    const is = ({ type, detail }: LogItem) =>
      (type === "alerted" || type === "taken_over") &&
      (detail.alert as Alert).responder_id === this.idOf("anna");
    return log.findLast(is)?.alert_id ?? undefined;
  }

  private async look(name: string, more: More): Promise<{ cases: Case[]; pictures: string[] }> {
    const { cut } = more;
    for (;;) {
      const before = cut === undefined ? await this.log() : this.known;
      const began = Date.now();
      const desk = await readDesk(this.desk, this.language);
      const phone = await readPhone(this.phone, this.phoneLanguage);
      const ended = Date.now();
      const pictures = await this.world.record.pictures(this.name, name, {
        desk: this.desk,
        phone: this.phone,
      });
      // nothing may have happened in between
      if (cut === undefined && (await this.log()).length !== before.length) continue;
      this.known = before;
      const isCut_s = cut === undefined ? null : (ended - cut) / 1000;
      const common = {
        now: new Date(ended).toISOString(),
        place: this.place,
        log: before,
        fixes: structuredClone(this.fixes),
        address: this.address,
        names: this.names,
        message: this.message,
        cut_s: isCut_s,
        others: this.others,
        slack_s: SLACK_S + (ended - began) / 1000,
        // what was sent without a line is not known to anybody
        late_s: LATE_S + (isCut_s ?? 0),
        step: `${this.name}: ${name}`,
      };
      const theirs = this.on ? await this.log(this.on.id) : before;
      const mine = this.mine(theirs);
      const self = { alert_id: mine ?? "", unsent: more.unsent ?? [], own: this.own, elsewhere: false };
      const cases: Case[] = [{ ...common, said: desk }];
      const address = this.on ? this.on.address : this.address;
      if (mine) cases.push({ ...common, log: theirs, address, said: phone, phone: self });
      return { cases, pictures };
    }
  }

  /** The phone is put away, and nobody is asked here again. */
  async end(): Promise<void> {
    clearInterval(this.locating);
    await this.context.close();
  }
}
