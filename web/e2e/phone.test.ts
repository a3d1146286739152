// The phone's page in a real browser: enrolled, alerted, on the way, stood down, and every day.
import { beforeEach, describe, expect, test } from "vitest";
import { DISCLOSED, everyPhone, hold, home, madeUpAlert, poll, signIn } from "./phone-page.ts";
import { CODE, DEVICE } from "./phone-stub.ts";
import { baseMap } from "./tiles.ts";

const p = everyPhone();
const shows = (selector: string) => p.page.locator(selector).waitFor();
const on = (state: string, part = {}) => madeUpAlert({ ...DISCLOSED, state, version: 2, ...part });

describe("sign-in", () => {
  test("by the link: the code leaves the address at once, and the phone is set up", async () => {
    await signIn(p.page, p.stub);
    expect(p.page.url()).toBe(`${p.stub.url}/phone/`);
    expect(p.stub.asked.join(" ")).not.toContain(CODE);
    for (const step of ["notifications", "position", "sound"]) {
      await shows(`.set-up[data-step="${step}"]`);
      await p.page.getByRole("button", { name: /^(Next|Finish)$/ }).tap();
    }
    await shows(".duty.is-on");
    // nothing but the device's name is kept: no token that a script could read
    const kept = await p.page.evaluate(() => JSON.stringify(localStorage) + document.cookie);
    expect(kept).not.toMatch(/ey[A-Za-z0-9]{10}|code/i);
    await poll(() => p.stub.fixes.length).toBeGreaterThan(0);
  });

  test("a wrong code says what to do, and the field keeps it", async () => {
    await p.page.goto(`${p.stub.url}/phone/`);
    await p.page.getByLabel("Code").fill("ABCD-EFGH");
    await p.page.getByRole("button", { name: "Sign in" }).tap();
    await poll(() => p.page.locator("#code-error").textContent()).toMatch(/three groups/);
    await p.page.getByLabel("Code").fill("ABCD-EFGH-JKLM");
    await p.page.getByRole("button", { name: "Sign in" }).tap();
    await poll(() => p.page.locator("#code-error").textContent()).toMatch(/Ask for a new one/);
    expect(await p.page.getByLabel("Code").inputValue()).toBe("ABCD-EFGH-JKLM");
  });

  test("a session that ended asks for a new code, and keeps nothing of the old", async () => {
    await home(p.page, p.stub);
    p.stub.news("state", on("accepted"));
    await shows(".engaged");
    p.stub.signedIn = false;
    p.stub.close(4001);
    await shows(".signin");
    expect(await p.page.locator("#code-error").textContent()).toMatch(/session has ended/);
    await p.page.reload();
    await shows(".signin");
    expect(await p.page.content()).not.toContain("Main Street");
  });
});

describe("the alert", () => {
  beforeEach(() => home(p.page, p.stub));

  test("fills the screen, is received and seen, and rings until it is answered", async () => {
    p.stub.news("alert", madeUpAlert());
    await shows('.alert.is-real[data-alert="a1"]');
    expect(await p.page.locator("h1").textContent()).toMatch(/Cardiac arrest/);
    expect(await p.page.locator(".alert").textContent()).toMatch(
      /4.min.*400.m.*0:4\d.*until others may be asked/s,
    );
    await poll(() => p.stub.said).toEqual(expect.arrayContaining(["received a1", "seen a1"]));
    await p.page.getByRole("button", { name: "Silence" }).waitFor();
    p.stub.news("state", on("accepted", { version: 4 }));
    await shows(".engaged");
    expect(await p.page.content()).not.toMatch(/Silence/);
  });

  test("a touch is no yes: it asks once more; holding is one", async () => {
    p.stub.news("alert", madeUpAlert());
    await p.page.getByRole("button", { name: /I am coming/ }).tap();
    await p.page.getByRole("button", { name: "Back" }).tap();
    await p.page.getByRole("button", { name: /Hold to accept/ }).waitFor();
    expect(p.stub.answers()).toEqual([]);
    await hold(p.page, /I am coming/, '.engaged[data-stage="accepted"]');
    expect(p.stub.answers()).toEqual(["accept a1"]);
  });

  test("by keyboard alone: the way is as long, and the focus is never lost", async () => {
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    await poll(() => p.page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    await p.page.getByRole("button", { name: /Hold to accept/ }).focus();
    await p.page.keyboard.press("Enter");
    await poll(() => p.page.evaluate(() => document.activeElement?.textContent)).toBe("Yes, I am coming");
    await p.page.keyboard.press("Enter");
    await shows(".engaged");
    expect(p.stub.answers()).toEqual(["accept a1"]);
  });

  test("no with one thumb, and it is gone", async () => {
    p.stub.news("alert", madeUpAlert());
    await p.page.getByRole("button", { name: "I cannot" }).tap();
    await shows(".duty");
    expect(p.stub.answers()).toEqual(["decline a1"]);
  });

  test("who comes too late is told why, and may try again", async () => {
    p.stub.refuse = "already_covered";
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    await hold(p.page, /I am coming/, ".alert .note.bad");
    expect(await p.page.locator(".note.bad").textContent()).toMatch(/Enough others/);
    await hold(p.page, /I am coming/, ".engaged");
    expect(p.stub.answers()).toEqual(["accept a1", "accept a1"]);
  });

  test("an exercise looks different and says so", async () => {
    p.stub.news("alert", madeUpAlert({ exercise: true }));
    await shows(".alert.is-exercise .exercise-band");
    expect(await p.page.locator(".asks").textContent()).toMatch(/Exercise/);
  });

  test("the time is that until somebody else is asked, and then none: still welcome", async () => {
    p.stub.news("alert", madeUpAlert({ answer_in_s: 3 }));
    await p.page.getByText("until others may be asked").waitFor();
    expect(await p.page.locator(".asks").textContent()).toBe("Your help is needed");
    await p.page.getByText("Still welcome").waitFor();
    expect(await p.page.locator(".countdown").textContent()).not.toMatch(/\d/);
    expect(await p.page.locator(".asks").textContent()).toBe("You are asked to help");
    await hold(p.page, /I am coming/, ".engaged");
  });

  test("an unsafe scene is said before the yes, and the yes is asked for twice", async () => {
    p.stub.news("alert", madeUpAlert({ danger: true, scene: "unsafe", override: true }));
    await shows(".alert .scene");
    expect(await p.page.locator(".scene").textContent()).toMatch(/unsafe.*you decide/s);
    await hold(p.page, /I am coming/, ".answers.again");
    expect(p.stub.answers()).toEqual([]);
    await p.page.getByRole("button", { name: "Yes, although it is unsafe" }).tap();
    await shows(".engaged");
    expect(p.stub.answers()).toEqual(["accept a1"]);
    expect(await p.page.locator(".danger-card").textContent()).toMatch(/knows it and sends people/);
    // people are sent there: it does not tell them to stay away
    expect(await p.page.content()).not.toMatch(/stay away/i);
  });

  test("a scene that became unsafe meanwhile asks for the second yes as well", async () => {
    const unsafe = madeUpAlert({ version: 9, danger: true, scene: "unsafe", override: true });
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    await poll(() => p.stub.said).toContain("seen a1");
    p.stub.alerts.set("a1", unsafe);
    await hold(p.page, /I am coming/, ".alert .note.bad");
    expect(await p.page.locator(".note.bad").textContent()).toMatch(/second yes/);
    p.stub.news("update", unsafe);
    await shows(".alert .scene");
    await hold(p.page, /I am coming/, ".answers.again");
    await p.page.getByRole("button", { name: "Yes, although it is unsafe" }).tap();
    await shows(".engaged");
  });

  test("ends by the phone's own count", async () => {
    p.stub.news("alert", madeUpAlert({ expires_in_s: 2 }));
    await shows(".stop.stop-over");
    await p.page.getByRole("button", { name: "I have read this" }).tap();
    await shows(".duty");
  });
});

describe("after the yes", () => {
  beforeEach(() => home(p.page, p.stub));

  test("address, code, way; one step after the other; the report with a call", async () => {
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    await poll(() => p.stub.said).toContain("seen a1");
    p.stub.alerts.set("a1", { ...(p.stub.alerts.get("a1") ?? madeUpAlert()), ...DISCLOSED });
    await hold(p.page, /I am coming/, ".engaged");
    const text = await p.page.locator(".place").textContent();
    expect(text).toMatch(/1 Main Street.*Harbour flats.*4711.*3.*Blue door/s);
    expect(await p.page.locator(".ways a").first().getAttribute("href")).toContain("36.852900,-75.978000");
    expect(await p.page.getByRole("link", { name: "Call the control room" }).getAttribute("href")).toBe(
      "tel:+17575550100",
    );
    for (const [step, stage] of [
      ["depart", "en_route"],
      ["arrive", "on_scene"],
      ["with-patient", "with_patient"],
    ]) {
      await p.page.locator(`.step[data-step="${step}"]`).tap();
      await shows(`.engaged[data-stage="${stage}"]`);
    }
    await p.page.locator('.step[data-step="finish"]').tap();
    await p.page.getByRole("button", { name: "The ambulance took over" }).tap();
    await shows(".after");
    expect(p.stub.reasons).toEqual(["ems_took_over"]);
    await poll(() => p.stub.answers()).toEqual([
      "accept a1",
      "depart a1",
      "arrive a1",
      "with-patient a1",
      "finish a1",
    ]);
    await p.page.locator("label", { hasText: "Shaken" }).tap();
    await p.page.locator("label", { hasText: "Please call me" }).tap();
    await p.page.getByRole("button", { name: "Send" }).tap();
    await shows(".duty");
    expect(p.stub.bodies.find(({ path }) => path === "/v1/me/alerts/a1/report")).toMatchObject({
      welfare: "shaken",
      call_me: true,
    });
    expect(await p.page.content()).not.toContain("Main Street");
  });

  test("the map has streets when the server has some, and comes only when it is asked for", async () => {
    p.stub.tiles = baseMap();
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    expect(p.stub.asked.filter((one) => one.includes("/map"))).toEqual([]);
    await p.page.getByRole("button", { name: "Show map" }).tap();
    await p.page.locator(".mapbox[data-drawn]").waitFor({ timeout: 60_000 });
    expect(await p.page.getByText("shows no streets").count()).toBe(0);
    await poll(() => p.page.locator(".mapbox").textContent()).toContain("Town survey");
    // the head of the file, and at least one tile of it
    const ranges = () => p.stub.asked.filter((one) => one === "GET /v1/map/base.pmtiles").length;
    await poll(async () => ranges()).toBeGreaterThan(1);
  });

  const unsafe = async () => {
    await p.page.getByRole("button", { name: /I am not safe/ }).tap();
    await p.page.getByRole("button", { name: "Tell the control room: not safe" }).tap();
  };

  test("danger is a cycle: said twice it is told twice, safe ends the own report, and the all-clear the rest", async () => {
    p.stub.news("state", on("on_scene"));
    await shows(".engaged");
    await p.page.getByRole("button", { name: /I am not safe/ }).tap();
    expect(p.stub.answers()).toEqual([]);
    await p.page.getByRole("button", { name: "Tell the control room: not safe" }).tap();
    await shows('.unsafe-said[data-said="unsafe.known"]');
    // the way out and the telephone lead; navigation and the next step are there, but not first
    await shows(".next .leaving");
    expect(await p.page.locator(".next .step").count()).toBe(0);
    expect(await p.page.locator(".ways .primary").count()).toBe(0);
    const calls = p.page.locator(".danger-card a");
    expect(await calls.evaluateAll((all) => all.map((one) => one.getAttribute("href")))).toEqual([
      "tel:+17575550100",
      "tel:112",
    ]);
    await unsafe();
    await poll(() => p.stub.answers()).toEqual(["unsafe a1", "unsafe a1"]);
    await p.page.getByRole("button", { name: "I am safe now" }).tap();
    await poll(() => p.page.locator(".unsafe-said").count()).toBe(0);
    // the own report is over, the danger is not
    expect(await p.page.locator(".danger-card").textContent()).toMatch(/Stay away/);
    await unsafe();
    await shows('.unsafe-said[data-said="unsafe.known"]');
    expect(p.stub.answers()).toEqual(["unsafe a1", "unsafe a1", "safe a1", "unsafe a1"]);
    const { version = 0 } = p.stub.alerts.get("a1") ?? {};
    p.stub.news("update", on("on_scene", { version: version + 1, all_clear_at_ms: Date.now() }));
    await shows(".stop.stop-all_clear");
    await p.page.getByRole("button", { name: "I have read this" }).tap();
    await shows(".next .step");
    expect(await p.page.content()).not.toMatch(/not safe\.|Get out of danger|stay away/i);
  });

  test("I am leaving, in danger, withdraws", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    p.stub.news("danger", on("en_route", { version: 5, danger: true, scene: "unsafe" }));
    await shows(".stop.stop-danger");
    await hold(p.page, /I am leaving/, ".after");
    expect(p.stub.answers()).toEqual(["decline a1"]);
  });

  test("a stay-away that was not read is gone when it is over, and the all-clear is there to be read", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    p.stub.news("danger", on("en_route", { version: 5, danger: true, scene: "unsafe" }));
    await shows(".stop.stop-danger");
    p.stub.news("update", on("en_route", { version: 6, all_clear_at_ms: Date.now() }));
    await shows(".stop.stop-all_clear");
    expect(await p.page.locator(".stop").textContent()).toMatch(/danger is over.*You can go on/s);
    expect(await p.page.locator(".stop-danger").count()).toBe(0);
  });

  test("a moved place: the old address is called the old one, and the new one the new", async () => {
    const address = DISCLOSED.address as NonNullable<typeof DISCLOSED.address>;
    const moved_from = { lat: 36.86, lon: -75.98, uncertainty_m: 10 };
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    p.stub.news(
      "update",
      on("en_route", { version: 5, moved_from, address: { ...address, doubtful: true } }),
    );
    await poll(() => p.page.locator(".moved").textContent()).toMatch(/of the old place/);
    const place = () => p.page.locator(".place").textContent();
    expect(await place()).toMatch(/Address of the old place.*Door code of the old address.*4711/s);
    expect(await p.page.content()).not.toMatch(/of the new place/);
    p.stub.news(
      "update",
      on("en_route", { version: 6, moved_from, address: { ...address, line: "9 Quay" } }),
    );
    await poll(place).toMatch(/9 Quay/);
    expect(await p.page.locator(".moved").textContent()).toMatch(/of the new place/);
    expect(await place()).not.toMatch(/old/);
  });

  test("the distance is this phone's own, and near the place it asks; only the person says that they are there", async () => {
    p.stub.news("state", on("en_route", { position_at_ms: Date.now() }));
    await shows('[data-way="way.own"]');
    expect(await p.page.locator("[data-way]").textContent()).toMatch(/420.m away/);
    await p.context.setGeolocation({ latitude: 36.85305, longitude: -75.978, accuracy: 8 });
    await shows(".card.near");
    expect(await p.page.locator("[data-way]").textContent()).toMatch(/20.m away/);
    expect(p.stub.answers()).toEqual([]);
    await p.context.setGeolocation({ latitude: 36.855, longitude: -75.978, accuracy: 8 });
    await poll(() => p.page.locator(".card.near").count()).toBe(0);
    await p.context.setGeolocation({ latitude: 36.8529, longitude: -75.978, accuracy: 8 });
    await p.page.locator(".card.near button").tap();
    await shows('.engaged[data-stage="on_scene"]');
    expect(p.stub.answers()).toEqual(["arrive a1"]);
    expect(await p.page.locator("[data-way]").count()).toBe(0);
  });

  test.each([
    ["No help was needed", "not_needed"],
    ["I could not get in", "no_access"],
    ["I had to leave", "had_to_leave"],
    ["Something else", ""],
  ])("finished on scene: %s", async (name, reason) => {
    p.stub.news("state", on("on_scene"));
    await p.page.locator(".more").getByRole("button", { name: "I am finished" }).tap();
    await p.page.getByRole("button", { name }).tap();
    await shows(".after");
    expect([p.stub.answers(), p.stub.reasons]).toEqual([["finish a1"], [reason]]);
  });

  test("stood down: it fills the screen until it was read, and the desk learns that it was", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    const why = { ended_because: "incident_closed", outcome: "ems_on_scene" };
    p.stub.news("stand_down", madeUpAlert({ state: "stood_down", version: 5, ...why }));
    await shows(".stop.stop-stand_down");
    expect(await p.page.locator(".stop").textContent()).toMatch(/No longer needed.*The ambulance is there/s);
    await p.page.getByRole("button", { name: "I have read this" }).tap();
    await shows(".after");
    await poll(() => p.stub.said.at(-1)).toBe("seen a1");
  });

  test("who was asked and is not needed learns why, and nothing that is not so", async () => {
    p.stub.news("alert", madeUpAlert());
    await shows(".alert");
    const why = { ended_because: "incident_closed", outcome: "false_alarm" };
    p.stub.news("stand_down", madeUpAlert({ state: "stood_down", version: 5, ...why }));
    await shows(".stop.stop-stand_down");
    expect(await p.page.locator(".stop").textContent()).toMatch(/You are not needed.*false alarm/s);
    expect(await p.page.locator(".stop").textContent()).not.toMatch(/[Oo]thers|Turn back/);
  });

  test("the control room is one tap away at every step", async () => {
    const href = () => p.page.locator("a.call").first().getAttribute("href");
    p.stub.news("alert", madeUpAlert());
    await shows(".alert a.call");
    expect(await href()).toBe("tel:+17575550100");
    for (const [version, state] of ["accepted", "en_route", "on_scene"].entries()) {
      p.stub.news("state", on(state, { version: version + 10 }));
      await shows(`.engaged[data-stage="${state}"] a.call`);
      expect(await p.page.locator(".engaged a.call").first().isVisible()).toBe(true);
    }
    p.stub.news("stand_down", madeUpAlert({ state: "stood_down", version: 20 }));
    await shows(".stop a.call");
    await p.page.getByRole("button", { name: "I have read this" }).tap();
    await shows(".after a.call");
  });

  test("danger goes before everything; an update is marked until it was read", async () => {
    p.stub.news("state", on("en_route"));
    await shows(".engaged");
    p.stub.news("update", on("en_route", { version: 4, message: "Use the back entrance" }));
    await shows(".card.fresh");
    await p.page.locator(".card.fresh button").tap();
    await poll(() => p.page.locator(".card.fresh").count()).toBe(0);
    p.stub.news("danger", on("en_route", { version: 5, danger: true }));
    await shows(".stop.stop-danger");
    await p.page.getByRole("button", { name: "I have read this" }).tap();
    await shows(".engaged .danger-card");
  });

  test("still going? is answered with one touch", async () => {
    p.stub.news("update", on("accepted", { version: 4, still_going_asked: true }));
    await p.page.getByRole("button", { name: "Yes, still going" }).tap();
    await poll(() => p.stub.answers()).toEqual(["depart a1"]);
  });
});

describe("every day", () => {
  beforeEach(() => home(p.page, p.stub));

  test("a phone that fails says so: this one leads to its repair, another is to be opened", async () => {
    const [own] = p.stub.me.devices as Record<string, unknown>[];
    const other = { device_id: "d-2", platform: "android", push: "dead", failing: "push_dead" };
    const failing = { ...own, failing: "test_missed" };
    p.stub.me = { ...p.stub.me, devices: [failing, other] };
    const word = { id: "attention-1", device_id: "d-2", why: "push_dead", told_at_ms: Date.now() };
    p.stub.tell({ attention: word });
    await shows('p.failing[data-failing="push_dead"]');
    await p.page.locator('button.failing[data-failing="test_missed"]').tap();
    await shows('[data-check="test"][data-state="bad"]');
    p.stub.me = {
      ...p.stub.me,
      devices: [
        { ...own, failing: null },
        { ...other, failing: null },
      ],
    };
    await p.page.getByRole("button", { name: "Duty" }).tap();
    await poll(() => p.page.locator(".failing").count()).toBe(0);
  });

  test("off until seven says until when, in the person's own zone, and duty comes back", async () => {
    await p.page.getByRole("button", { name: "Off until seven" }).tap();
    await shows(".duty.is-off");
    expect(p.stub.bodies.find(({ path }) => path === "/v1/me/duty")).toMatchObject({
      on: false,
      until_local: "07:00",
      zone: "Europe/Berlin",
    });
    expect(await p.page.locator(".duty").textContent()).toMatch(/07:00/);
    await p.page.getByRole("button", { name: "Go on duty" }).tap();
    await shows(".duty.is-on");
  });

  test("quiet hours of every night are kept", async () => {
    await p.page.getByRole("button", { name: "Settings" }).tap();
    await p.page.getByRole("button", { name: "Add a night" }).tap();
    await p.page.getByLabel("From").fill("23:30");
    await p.page.locator(".days label", { hasText: "Sun" }).tap();
    await p.page.locator(".quiet-hours").getByRole("button", { name: "Save" }).tap();
    await p.page.getByText("Saved.").waitFor();
    expect(p.stub.bodies.find(({ path }) => path === "/v1/me/quiet")).toMatchObject({
      zone: "Europe/Berlin",
      hours: [{ days: ["mon", "tue", "wed", "thu", "fri", "sat"], from: "23:30", to: "07:00" }],
    });
  });

  test("readiness claims what is known, and tells the server the same", async () => {
    await p.page.getByRole("button", { name: "Ready?" }).tap();
    await shows('.check-row[data-check="position"][data-state="good"]');
    await shows('.check-row[data-check="push"][data-state="bad"]');
    await poll(() =>
      p.stub.bodies.filter(({ path }) => path === `/v1/me/devices/${DEVICE}/readiness`).at(-1),
    ).toMatchObject({
      alarm: "quiet",
      position: "live",
      subscribed: false,
    });
  });

  test("signing out tells the server first, and forgets", async () => {
    await p.page.getByRole("button", { name: "Settings" }).tap();
    await p.page.getByRole("button", { name: "Sign out" }).tap();
    await p.page.getByRole("button", { name: "Yes, sign out" }).tap();
    await shows(".signin");
    const left = p.stub.asked.filter((one) => one.startsWith("DELETE"));
    expect(left).toEqual([`DELETE /v1/me/devices/${DEVICE}`, "DELETE /v1/session"]);
  });
});
