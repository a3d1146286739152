// What a phone lives through: no network, two tabs, a wrong clock, pushes with and without a page.
import { beforeEach, describe, expect, test } from "vitest";
import { DISCLOSED, everyPhone, hold, home, madeUpAlert, poll, worker as workerReady } from "./phone-page.ts";
import { DEVICE } from "./phone-stub.ts";
import { notices as noticesOf, type Pushes, pushesOf } from "./service-worker.ts";

const p = everyPhone();
const shows = (selector: string) => p.page.locator(selector).waitFor();
const on = (state: string, part = {}) => madeUpAlert({ ...DISCLOSED, state, version: 2, ...part });

describe("airplane mode", () => {
  beforeEach(async () => {
    await home(p.page, p.stub);
    await workerReady(p.page);
  });

  async function away(): Promise<void> {
    await p.context.setOffline(true);
    p.stub.down = true;
    p.stub.cut();
    await shows(".strip-lost");
  }
  async function back(): Promise<void> {
    p.stub.down = false;
    await p.context.setOffline(false);
    await poll(() => p.page.locator(".strip-lost").count()).toBe(0);
  }

  test("while asked: the yes waits, and is sent once", async () => {
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    await poll(() => p.stub.said).toContain("seen a1");
    await away();
    await p.page.getByRole("button", { name: /I am coming/ }).tap();
    await p.page.getByRole("button", { name: "Yes, I am coming" }).tap();
    await shows(".hold.yes:disabled");
    expect(p.stub.answers()).toEqual([]);
    await back();
    await shows(".engaged");
    expect(p.stub.answers()).toEqual(["accept a1"]);
  });

  test.each(["accepted", "en_route", "on_scene"])(
    "while %s: loaded anew without a network, the address is there",
    async (state) => {
      p.stub.news("state", on(state));
      await shows(".engaged");
      await away();
      await p.page.reload();
      await shows(`.engaged[data-stage="${state}"]`);
      expect(await p.page.locator(".place").textContent()).toContain("1 Main Street");
      await p.page.locator(".step").tap();
      await shows(
        `.engaged[data-stage="${{ accepted: "en_route", en_route: "on_scene", on_scene: "with_patient" }[state]}"]`,
      );
      await back();
      const said = { accepted: ["depart a1"], en_route: ["arrive a1"], on_scene: ["with-patient a1"] }[state];
      await poll(() => p.stub.answers()).toEqual(said);
      if (state !== "on_scene") return;
      // heard now, and so still there on a phone that starts anew
      await poll(() => p.page.locator(".stage em").count()).toBe(0);
      await p.page.reload();
      await shows('.engaged[data-stage="with_patient"]');
    },
  );

  test("stood down meanwhile: not missed when the line is back", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    await away();
    p.stub.alerts.set("a1", madeUpAlert({ state: "stood_down", version: 6 }));
    await back();
    await shows(".stop.stop-stand_down");
  });

  test("idle: opens without a network, and an alert of meanwhile rings when it is back", async () => {
    await away();
    await p.page.reload();
    await shows(".home");
    p.stub.alerts.set("a9", madeUpAlert({ id: "a9" }));
    await back();
    await shows('.alert[data-alert="a9"]');
  });

  test("a network without sockets: the same over HTTP", async () => {
    p.stub.noSocket = true;
    p.stub.cut();
    p.stub.alerts.set("a1", madeUpAlert());
    await shows(".alert");
    await hold(p.page, /I am coming/, ".engaged");
    expect(p.stub.asked).toContain("POST /v1/me/alerts/a1/accept");
  });
});

describe("two tabs", () => {
  test("one line, one sound, the same picture; the one that is looked at has the line", async () => {
    await home(p.page, p.stub);
    const second = await p.context.newPage();
    await second.goto(`${p.stub.url}/phone/`);
    await second.locator(".duty.is-on").waitFor();
    await shows(".strip");
    await poll(() => p.stub.connected).toBe(1);
    p.stub.news("alert", madeUpAlert());
    await second.locator(".alert").waitFor();
    await shows(".alert");
    // one of both rings
    await poll(async () => await second.getByRole("button", { name: "Silence" }).count()).toBe(1);
    expect(await p.page.getByRole("button", { name: "Silence" }).count()).toBe(0);
    await hold(second, /I am coming/, ".engaged");
    await shows(".engaged");
    expect(p.stub.answers()).toEqual(["accept a1"]);
    const greeted = p.stub.greeted;
    await p.page.getByRole("button", { name: "Use it here" }).tap();
    await poll(() => p.stub.greeted).toBe(greeted + 1);
    await second.locator(".strip").waitFor();
    expect(p.stub.connected).toBe(1);
    await second.close();
  });
});

describe("a wrong clock", () => {
  test.each([-3_600_000, 3_600_000])("off by %i ms: the same countdown, the same answers", async (off) => {
    await p.context.addInitScript((ms) => {
      const Right = Date;
      const now = () => Right.now() + ms;
      globalThis.Date = new Proxy(Right, {
        construct: (Class, args) => (args.length === 0 ? new Class(now()) : Reflect.construct(Class, args)),
        get: (Class, name) => (name === "now" ? now : Reflect.get(Class, name)),
      });
    }, off);
    await home(p.page, p.stub);
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    expect(await p.page.locator(".countdown strong").textContent()).toMatch(/^0:4\d$/);
    await hold(p.page, /I am coming/, ".engaged");
    expect(p.stub.answers()).toEqual(["accept a1"]);
  });
});

describe("the service worker", () => {
  let worker: Pushes;
  beforeEach(async () => {
    await home(p.page, p.stub);
    await workerReady(p.page);
    worker = await pushesOf(p.context, p.page, p.stub.url);
  });

  const push = (type: string, part: Record<string, string> = {}) =>
    worker.deliver(
      JSON.stringify({
        type,
        alert_id: "a1",
        incident_id: "i1",
        version: "1",
        expires_in_s: "600",
        role: "cpr",
        exercise: "false",
        ...part,
      }),
    );
  const counted = () => worker.counted();
  const notices = () => noticesOf(p.page);

  test("a push without a page is shown once, received, and replaced by the stand-down", async () => {
    p.stub.alerts.set("a1", madeUpAlert());
    await p.page.goto("about:blank");
    await push("alert");
    await poll(() => p.stub.said).toEqual(["received a1"]);
    await push("alert");
    await poll(() => p.stub.said).toEqual(["received a1", "received a1"]);
    await push("stand_down", { version: "4" });
    await push("alert");
    await p.page.goto(`${p.stub.url}/phone/icons/icon.svg`);
    await poll(notices).toEqual(["a1: No longer needed"]);
    await push("alert", { alert_id: "a2", exercise: "true" });
    await poll(notices).toEqual(expect.arrayContaining(["a2: EXERCISE · You are asked to help near you"]));
  });

  test("the all-clear takes the place of the danger on the lock screen, and says so", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    await p.page.goto(`${p.stub.url}/phone/icons/icon.svg`);
    await push("danger", { version: "5" });
    await poll(notices).toEqual(["a1: DANGER: stay away"]);
    // news in between: the danger is not over
    p.stub.alerts.set("a1", on("en_route", { version: 6, danger: true }));
    const count = await counted();
    await push("update", { version: "6" });
    await poll(count).toEqual([1, 1]);
    expect(await notices()).toEqual(["a1: DANGER: stay away"]);
    p.stub.alerts.set("a1", on("en_route", { version: 8, all_clear_at_ms: Date.now() }));
    await push("update", { version: "8" });
    await poll(notices).toEqual(["a1: The danger is over"]);
    await p.page.goto(`${p.stub.url}/phone/`);
    await shows(".stop.stop-all_clear");
  });

  test("each report of danger rings anew in the page, though nothing else of the alert is new", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    p.stub.news("danger", on("en_route", { version: 5, danger: true }));
    await shows(".stop-danger");
    await p.page.getByRole("button", { name: "I have read this" }).tap();
    await shows(".engaged .danger-card");
    p.stub.news("state", on("en_route", { version: 6, danger: true }));
    await push("danger", { version: "6" });
    await shows(".stop-danger");
  });

  test("word of a failing phone is shown once, asks for no receipt, and an unknown type does no harm", async () => {
    await p.page.goto("about:blank");
    const word = { alert_id: "attention-1", device_id: "d-2", why: "push_dead", incident_id: "" };
    await push("attention", word);
    await push("attention", word);
    await push("evacuate", { alert_id: "a7" });
    await p.page.goto(`${p.stub.url}/phone/icons/icon.svg`);
    await poll(notices).toEqual(
      expect.arrayContaining([
        "attention-1: One of your phones would not be heard",
        "a7: News about your incident",
      ]),
    );
    expect(p.stub.said.filter((one) => one.includes("attention"))).toEqual([]);
  });

  /** Every type, a newer server's too; each new, repeated, and older than what was said; and rubbish. */
  const PUSHES: [string, string][] = ["alert", "update", "danger", "stand_down", "test", "evacuate"].flatMap(
    (type, n) =>
      [String(2 * n + 2), String(2 * n + 2), "1"].map((version) => [type, version] as [string, string]),
  );
  async function everyPush(): Promise<void> {
    for (const [type, version] of PUSHES) await push(type, { version });
    for (const rubbish of ["no JSON", "{}", "null", "7", ""]) await worker.deliver(rubbish);
  }
  const EVERY = PUSHES.length + 5;

  test("without a page every push shows a notification: a browser ends the subscription of a silent one", async () => {
    const count = await counted();
    await p.page.goto("about:blank");
    await everyPush();
    await poll(async () => (await count())[0]).toBe(EVERY);
  });

  test("with a page in front every push shows one as well, without a sound where the page has its own", async () => {
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    const count = await counted();
    await push("alert");
    await push("alert");
    await poll(count).toEqual([2, 0]);
    await everyPush();
    await poll(async () => (await count())[0]).toBe(EVERY + 2);
  });

  test("a push before the channel: the page in front rings, and nothing is said twice", async () => {
    const count = await counted();
    await push("alert");
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    await p.page.getByRole("button", { name: "Silence" }).waitFor();
    await p.page.getByRole("button", { name: "Silence" }).tap();
    await push("alert");
    await poll(() => p.stub.said.filter((one) => one === "received a1").length).toBeGreaterThan(2);
    await poll(count).toEqual([2, 0]);
    // what is before a person's eyes does not wait on the lock screen
    await poll(notices).toEqual([]);
    expect(await p.page.getByRole("button", { name: "Silence" }).count()).toBe(0);
  });

  /** What the phone keeps, read by a page of the same origin that is no client of the worker. */
  const keptText = () =>
    p.page.evaluate(
      () =>
        new Promise<string>((done, failed) => {
          const opening = indexedDB.open("muster-phone", 1);
          opening.onerror = () => failed(opening.error);
          opening.onsuccess = () => {
            const all = opening.result.transaction("kept").objectStore("kept").getAll();
            all.onsuccess = () => done(JSON.stringify(all.result));
          };
        }),
    );
  const PLACE = /Main Street|Harbour flats|"4711"|Blue door|36\.8529/;

  test("a stand-down while the page is closed takes place and address from the phone, and is read later", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    await poll(keptText).toMatch(PLACE);
    await p.page.goto(`${p.stub.url}/phone/icons/icon.svg`);
    // nobody answers: the word of the push is enough
    p.stub.down = true;
    await push("stand_down", { version: "6" });
    await poll(keptText).not.toMatch(PLACE);
    await p.page.goto(`${p.stub.url}/phone/`);
    await shows(".stop.stop-stand_down");
  });

  test.each(["finished", "withdrawn", "expired"])(
    "%s while the page is closed: the next push of any kind takes place and address from the phone",
    async (state) => {
      p.stub.news("state", on("en_route"));
      await shows(".engaged");
      await poll(keptText).toMatch(PLACE);
      await p.page.goto(`${p.stub.url}/phone/icons/icon.svg`);
      await push("update", { version: "3" });
      await poll(() => p.stub.asked).toContain("GET /v1/me/alerts");
      expect(await keptText()).toMatch(PLACE);
      p.stub.alerts.set("a1", madeUpAlert({ state, version: 5 }));
      await push("alert", { alert_id: "a2" });
      await poll(keptText).not.toMatch(PLACE);
    },
  );

  test("an address that the browser changed without a word is told to the server with the next push", async () => {
    const name = (address: string) =>
      worker.running().evaluate((address) => {
        const one = { endpoint: address, options: {}, toJSON: () => ({ endpoint: address, keys: {} }) };
        const key = new Uint8Array([4, 218, 63]).buffer;
        PushManager.prototype.getSubscription = async () =>
          ({
            ...one,
            options: { applicationServerKey: key, userVisibleOnly: true },
          }) as unknown as PushSubscription;
      }, address);
    const told = () =>
      p.stub.bodies
        .filter(({ path }) => path === `/v1/me/devices/${DEVICE}`)
        .map(({ push }) => (push as { webpush: { endpoint: string } }).webpush.endpoint);
    await name("https://push.example/1");
    await push("update", { version: "2" });
    await poll(told).toEqual(["https://push.example/1"]);
    await push("update", { version: "3" });
    await poll(() => p.stub.said.filter((one) => one === "received a1").length).toBe(2);
    await name("https://push.example/2");
    await push("update", { version: "4" });
    await poll(told).toEqual(["https://push.example/1", "https://push.example/2"]);
  });

  test("a test alert goes there and back on both ways", async () => {
    await p.page.getByRole("button", { name: "Ready?" }).tap();
    await p.page.getByRole("button", { name: "Send me a test alert" }).tap();
    await poll(() => p.page.locator('[data-way="channel"]').textContent()).toMatch(/after/);
    await poll(() => p.stub.said).toContain("test t-1");
    await push("test", { alert_id: "t-1" });
    await poll(() => p.page.locator('[data-way="push"]').textContent()).toMatch(/after/);
    await p.page.getByRole("button", { name: "I heard it" }).waitFor();
    expect(p.stub.asked).toContain("POST /v1/me/test-alert/t-1/received");
  });
});
