// What is shown and announced: on every way that news can come, and in every order.
import { describe, expect, test } from "vitest";
import type { Alert, News, Told, Why } from "../api/types.ts";
import { type Claimed, claim } from "./claim.ts";
import { type Change, front, guess, HELD_MAX, isOpen, type Known, NOTHING, shown, step } from "./known.ts";
import { accepted, alert } from "./samples.ts";

const news = (why: Why, alert: Alert): News => ({ why, alert });

/** A page: what it knows, and what it announced, through a store that others may share. */
class Page {
  known: Known = NOTHING;
  readonly heard: string[] = [];
  readonly claimed: Map<string, Claimed>;
  mono = 0;
  constructor(claimed = new Map<string, Claimed>()) {
    this.claimed = claimed;
  }
  take(change: Change): void {
    const next = step(this.known, change);
    this.known = next.known;
    for (const told of next.told) this.announce(told);
  }
  news(why: Why, alert: Alert): void {
    this.take({ type: "news", news: news(why, alert), mono: this.mono });
  }
  all(...news: News[]): void {
    this.take({ type: "all", news, mono: this.mono });
  }
  announce(told: Told): void {
    const after = claim(this.claimed.get(told.alert_id), told, 0);
    if (!after) return;
    this.claimed.set(told.alert_id, after);
    this.heard.push(`${told.alert_id} ${told.why} ${told.version}`);
  }
  /** A push that the service worker gets. */
  push(why: Why, { id, version }: Alert): void {
    this.announce({ alert_id: id, why, version });
  }
  get face() {
    const face = front(this.known);
    return face && `${face.face}${face.face === "stop" ? ` ${face.why}` : ""} ${face.held.alert.id}`;
  }
}

describe("one alert, heard once", () => {
  test("push before channel, channel before push", () => {
    for (const first of ["push", "channel"]) {
      const page = new Page();
      if (first === "push") page.push("alert", alert());
      page.news("alert", alert());
      if (first === "channel") page.push("alert", alert());
      expect(page.heard).toEqual(["a1 alert 1"]);
      expect(page.face).toBe("ask a1");
    }
  });

  test("a drop and a resume in each state say nothing twice", () => {
    const states = ["sent", "received", "seen", "lapsed", "accepted", "en_route", "on_scene"];
    for (const [version, state] of states.entries()) {
      const page = new Page();
      const now = alert({ state, version: version + 1 });
      page.news("alert", alert());
      page.news("state", now);
      const before = [...page.heard];
      page.all(news("alert", now));
      page.all(news("state", now));
      page.all(news("alert", { ...now, version: now.version + 1 }));
      expect(page.heard).toEqual(before);
      expect(page.face).toBe(
        `${["accepted", "en_route", "on_scene"].includes(state) ? "engaged" : "ask"} a1`,
      );
    }
  });

  test("two tabs and a service worker share one announcement", () => {
    const claimed = new Map<string, Claimed>();
    const tabs = [new Page(claimed), new Page(claimed), new Page(claimed)];
    for (const tab of tabs) tab.news("alert", alert());
    for (const tab of tabs) tab.push("alert", alert());
    expect(tabs.flatMap((tab) => tab.heard)).toEqual(["a1 alert 1"]);
    for (const tab of tabs) expect(tab.face).toBe("ask a1");
  });

  test("a list without a why rings for what is new, and not again after a receipt", () => {
    const page = new Page();
    page.push("alert", alert());
    const later = alert({ version: 3, state: "received" });
    page.all(guess(page.known, later));
    page.all(news("alert", later));
    expect(page.heard).toEqual(["a1 alert 1"]);
    const other = new Page();
    other.all(guess(other.known, later));
    other.all(guess(other.known, alert({ version: 4, state: "seen" })));
    expect(other.heard).toEqual(["a1 alert 3"]);
  });
});

describe("what must not be missed", () => {
  test("a stand-down during a drop, said or only missing", () => {
    const gone = alert({ version: 5, state: "stood_down" });
    for (const back of [[news("stand_down", gone)], [news("state", gone)], []]) {
      const page = new Page();
      page.news("alert", alert());
      page.news("state", accepted());
      page.all(...back);
      expect(page.face).toBe("stop stand_down a1");
      page.take({ type: "read", id: "a1" });
      expect(page.face).toBe("after a1");
      page.take({ type: "away", id: "a1" });
      expect(page.face).toBe(null);
    }
  });

  test("what is over keeps no address", () => {
    const page = new Page();
    page.news("state", accepted());
    page.all();
    const held = page.known.get("a1");
    expect([held?.alert.location, held?.alert.address, held?.alert.aed]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("danger comes before everything, and stays after a newer update", () => {
    const page = new Page();
    page.news("state", accepted());
    page.news("danger", accepted({ version: 3, danger: true }));
    page.news("update", accepted({ version: 4, danger: true, message: "wait" }));
    expect(page.face).toBe("stop danger a1");
    page.take({ type: "read", id: "a1" });
    expect(page.face).toBe("engaged a1");
    // the same again, after a drop
    page.all(news("danger", accepted({ version: 4, danger: true, message: "wait" })));
    expect(page.face).toBe("engaged a1");
  });

  test("an update is marked until it was read, and once", () => {
    const page = new Page();
    page.news("state", accepted());
    page.news("update", accepted({ version: 3, message: "back entrance" }));
    expect(page.known.get("a1")?.notice).toBe("update");
    page.take({ type: "read", id: "a1" });
    page.all(news("update", accepted({ version: 3, message: "back entrance" })));
    expect(page.known.get("a1")?.notice).toBe(null);
    expect(page.heard).toEqual(["a1 update 3"]);
  });

  test("a real alert goes before an exercise, also one that is under way", () => {
    const page = new Page();
    page.news("state", accepted({ id: "practice", exercise: true }));
    page.news("alert", alert({ id: "real" }));
    expect(page.face).toBe("ask real");
    const other = new Page();
    other.news("state", accepted({ id: "real" }));
    other.news("alert", alert({ id: "practice", exercise: true }));
    expect(other.face).toBe("engaged real");
  });
});

test("after a drop the server may call an own step an update, or old danger new: nobody is alarmed by it", () => {
  const page = new Page();
  page.news("state", accepted());
  page.all(news("update", accepted({ version: 3, state: "en_route" })));
  expect([page.known.get("a1")?.notice, page.heard]).toEqual([null, []]);
  // a yes that was said over HTTP: what it discloses is no news
  const other = new Page();
  other.news("alert", alert());
  other.all(news("update", accepted({ version: 3 })));
  expect([other.face, other.heard]).toEqual(["engaged a1", ["a1 alert 1"]]);
  page.news("danger", accepted({ version: 4, danger: true }));
  page.take({ type: "read", id: "a1" });
  page.all(news("danger", accepted({ version: 6, danger: true, state: "on_scene" })));
  expect([page.face, page.heard]).toEqual(["engaged a1", ["a1 danger 4"]]);
});

test("whoever says that they are not safe is not alarmed by their own word", () => {
  const page = new Page();
  page.news("state", accepted());
  const own = accepted({ version: 3, danger: true, in_danger: true });
  page.take({ type: "answer", alert: own, mono: 0 });
  expect([page.face, page.known.get("a1")?.alert.danger]).toEqual(["engaged a1", true]);
  page.all(news("danger", own));
  expect([page.face, page.heard]).toEqual(["engaged a1", []]);
  // but an answer that says it is over must be read
  page.take({ type: "answer", alert: alert({ version: 4, state: "stood_down" }), mono: 0 });
  expect(page.face).toBe("stop stand_down a1");
});

test("the countdown is the phone's own: no clock has to be right", () => {
  const page = new Page();
  page.mono = 5_000;
  // by its own words it ended an hour ago, and an hour ago it began
  page.news("alert", alert({ expires_in_s: 90, expires_at_ms: Date.now() - 3_600_000 }));
  page.take({ type: "tick", mono: 94_999 });
  expect(page.face).toBe("ask a1");
  page.take({ type: "tick", mono: 95_000 });
  expect(page.face).toBe("stop over a1");
  page.take({ type: "read", id: "a1" });
  expect(page.face).toBe(null);
});

test("answers end what they end: a no is gone, a withdrawal asks how it was", () => {
  const page = new Page();
  page.news("alert", alert());
  page.take({ type: "answer", alert: alert({ version: 2, state: "declined" }), mono: 0 });
  expect(page.face).toBe(null);
  page.news("state", accepted({ id: "a2" }));
  page.take({ type: "answer", alert: alert({ id: "a2", version: 3, state: "withdrawn" }), mono: 0 });
  expect(page.face).toBe("after a2");
});

test("called back once, whatever version push and channel give it", () => {
  const page = new Page();
  page.news("state", accepted());
  page.push("stand_down", alert({ version: 5 }));
  page.news("stand_down", alert({ version: 6, state: "stood_down" }));
  expect([page.face, page.heard]).toEqual(["stop stand_down a1", ["a1 stand_down 5"]]);
});

test("nothing older is shown or said after something newer", () => {
  const page = new Page();
  page.news("stand_down", alert({ version: 5, state: "stood_down" }));
  expect(page.known.size).toBe(0);
  page.push("stand_down", alert({ version: 5 }));
  page.push("alert", alert({ version: 1 }));
  expect(page.heard).toEqual(["a1 stand_down 5"]);
  page.news("state", accepted({ version: 7 }));
  page.news("alert", alert({ version: 6 }));
  expect(page.face).toBe("engaged a1");
});

test("a phone holds a bounded number of alerts", () => {
  const page = new Page();
  for (let n = 0; n < 50; n++) page.news("alert", alert({ id: `a${n}` }));
  expect(page.known.size).toBe(HELD_MAX);
  expect(shown(page.known).length).toBe(HELD_MAX);
  expect(page.known.has("a49")).toBe(true);
});

/** A repeatable source of chance. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

/** What may become of an alert, step by step. */
const LIVES: [Why, Partial<Alert>][][] = [
  [
    ["state", { state: "received" }],
    ["state", { state: "accepted" }],
    ["update", { message: "m" }],
    ["stand_down", { state: "stood_down" }],
  ],
  [
    ["state", { state: "seen" }],
    ["stand_down", { state: "stood_down" }],
  ],
  [
    ["state", { state: "lapsed" }],
    ["state", { state: "accepted" }],
    ["danger", { danger: true }],
    ["state", { state: "en_route" }],
    ["state", { state: "finished" }],
  ],
  [
    ["state", { state: "accepted" }],
    ["state", { state: "on_scene" }],
    ["update", { message: "n" }],
    ["update", { message: "o" }],
  ],
  [
    ["state", { state: "unreachable" }],
    ["state", { state: "expired" }],
  ],
];

test.each(Array.from({ length: 300 }, (_, seed) => seed))(
  "whatever is lost, late or twice: run %i",
  (seed) => {
    const roll = dice(seed * 7919 + 1);
    const claimed = new Map<string, Claimed>();
    const tabs = [new Page(claimed), new Page(claimed)];
    const life = LIVES[roll(LIVES.length)] ?? [];
    let now = alert();
    const said: News[] = [news("alert", now)];
    for (const [why, part] of life) {
      now = { ...now, ...part, version: now.version + 1 };
      said.push(news(why, now));
    }
    // pushes come late, twice, in any order, or never; the channel drops and begins anew in between
    const late: News[] = [];
    let sentTo = 0;
    for (const one of said) {
      for (let times = roll(3); times > 0; times--) late.push(one);
      const [tab, other] = [tabs[roll(2)], tabs[roll(2)]];
      if (roll(3) > 0) tab?.news(one.why, one.alert);
      else if (roll(2) > 0) other?.all(isOpen(one.alert) ? one : { ...one });
      sentTo++;
      while (late.length > 0 && roll(2) > 0) {
        const [push] = late.splice(roll(late.length), 1);
        if (push) tabs[0]?.push(push.why, push.alert);
      }
    }
    expect(sentTo).toBe(said.length);
    const last = said.at(-1) as News;
    for (const tab of tabs) {
      const before = tab.known.get("a1");
      tab.all(last);
      const held = tab.known.get("a1");
      // the page shows what the server says, or nothing of what is over
      if (isOpen(last.alert)) expect(held?.alert).toEqual(last.alert);
      else expect(held === undefined || !isOpen(held.alert)).toBe(true);
      // somebody who was on the way learns that they are not needed
      if (last.why === "stand_down" && before?.engaged) expect(tab.face).toBe("stop stand_down a1");
      tab.all(last);
      expect(tab.known.get("a1")).toEqual(held);
    }
    for (const push of late) tabs[1]?.push(push.why, push.alert);
    const heard = tabs.flatMap((tab) => tab.heard);
    expect(new Set(heard).size).toBe(heard.length);
  },
);

test("announcements of one claim store never go back in version", () => {
  for (let seed = 0; seed < 200; seed++) {
    const roll = dice(seed + 1);
    let record: Claimed | undefined;
    let newest = 0;
    for (let n = 0; n < 40; n++) {
      const why = (["alert", "update", "danger", "stand_down"] as const)[roll(4)] ?? "alert";
      const version = 1 + roll(6);
      const next = claim(record, { alert_id: "a", why, version }, n);
      if (!next) continue;
      expect(version).toBeGreaterThanOrEqual(newest);
      newest = version;
      record = next;
    }
  }
});

describe("danger is a cycle", () => {
  const danger = (version: number, part: Partial<Alert> = {}) => accepted({ version, danger: true, ...part });
  const clear = (version: number, part: Partial<Alert> = {}) =>
    accepted({ version, all_clear_at_ms: 1_790_000_000_000, ...part });

  test("nothing of it stays unread once it is over, and the all-clear is told once", () => {
    for (const asked of [false, true]) {
      const state = asked ? "seen" : "en_route";
      const page = new Page();
      page.news("state", accepted({ state }));
      page.news("danger", danger(3, { state }));
      expect(page.face).toBe("stop danger a1");
      page.news("update", clear(4, { state }));
      expect([page.face, page.known.get("a1")?.notice]).toEqual(["stop all_clear a1", "all_clear"]);
      page.take({ type: "read", id: "a1" });
      page.all(news("update", clear(5, { state })));
      expect(page.face).toBe(`${asked ? "ask" : "engaged"} a1`);
      expect(page.heard).toEqual(["a1 danger 3", "a1 update 4"]);
      // and danger again
      page.news("danger", danger(6, { state, all_clear_at_ms: 0 }));
      expect(page.face).toBe("stop danger a1");
      page.news("update", clear(7, { state }));
      expect(page.face).toBe("stop all_clear a1");
    }
  });

  test("the all-clear is told to whoever hears it by an answer, by a list, or after a drop", () => {
    const ways: ((page: Page) => void)[] = [
      (page) => page.take({ type: "answer", alert: clear(4), mono: 0 }),
      (page) => page.all(guess(page.known, clear(4))),
      (page) => page.all(news("state", clear(4))),
    ];
    for (const way of ways) {
      const page = new Page();
      page.news("danger", danger(3));
      way(page);
      expect([page.face, page.heard]).toEqual(["stop all_clear a1", ["a1 danger 3", "a1 update 4"]]);
    }
  });

  test("the danger that somebody else reports is not hidden by an own answer", () => {
    const page = new Page();
    page.news("state", accepted());
    page.take({ type: "answer", alert: danger(4, { state: "en_route" }), mono: 0 });
    expect([page.face, page.heard]).toEqual(["stop danger a1", ["a1 danger 4"]]);
  });

  test("each report is told anew, once, by the push that it makes", () => {
    const page = new Page();
    const hear = (version: number) =>
      page.take({ type: "push", told: { alert_id: "a1", why: "danger", version } });
    page.news("state", accepted());
    page.news("danger", danger(3));
    hear(3);
    expect(page.heard).toEqual(["a1 danger 3"]);
    page.take({ type: "read", id: "a1" });
    hear(3);
    expect(page.face).toBe("engaged a1");
    // the channel sees no difference between one report and two
    page.news("state", danger(5));
    hear(5);
    expect([page.face, page.heard]).toEqual(["stop danger a1", ["a1 danger 3", "a1 danger 5"]]);
    // a push of a danger that is over changes nothing
    page.news("update", clear(6));
    page.take({ type: "read", id: "a1" });
    hear(5);
    expect(page.face).toBe("engaged a1");
  });

  test("people asked although the scene is unsafe are asked; a new report is danger for them too", () => {
    const page = new Page();
    const unsafe = { danger: true, override: true, scene: "unsafe" };
    page.news("danger", alert(unsafe));
    expect([page.face, page.heard]).toEqual(["ask a1", ["a1 alert 1"]]);
    page.news("state", accepted(unsafe));
    expect(page.face).toBe("engaged a1");
    page.news("danger", danger(5, { scene: "unsafe" }));
    expect(page.face).toBe("stop danger a1");
  });
});

test("a mistaken end that the desk takes back leaves no word of the end", () => {
  const page = new Page();
  page.news("state", accepted());
  page.news("stand_down", alert({ version: 4, state: "stood_down" }));
  page.news("update", accepted({ version: 5, state: "en_route" }));
  expect([page.face, page.known.get("a1")?.notice]).toEqual(["engaged a1", null]);
});

test("why it ended is asked for until it is known", () => {
  const page = new Page();
  page.news("state", accepted());
  page.all();
  expect(shown(page.known)).toEqual([{ alert_id: "a1", version: 2 }]);
  const why = alert({ version: 4, state: "stood_down", ended_because: "by_desk" });
  page.all(news("stand_down", why));
  expect([page.face, page.known.get("a1")?.alert.ended_because, shown(page.known)]).toEqual([
    "stop stand_down a1",
    "by_desk",
    [],
  ]);
});

describe("an emergency that was reported twice", () => {
  const other = (part: Partial<Alert> = {}) =>
    accepted({ id: "a2", incident_id: "i2", version: 2, state: "en_route", replaces: ["a1"], ...part });
  const merged = alert({ version: 9, state: "stood_down", ended_because: "merged" });

  test("goes on as the other report, and nobody is told to stop", () => {
    const page = new Page();
    page.news("state", accepted({ version: 8, state: "en_route" }));
    page.news("update", other());
    page.news("state", merged);
    expect([page.face, page.heard, [...page.known.keys()]]).toEqual(["engaged a2", [], ["a2"]]);
  });

  test("also where only the list tells it", () => {
    const page = new Page();
    page.news("state", accepted({ version: 8, state: "en_route" }));
    page.all(news("state", other()));
    expect([page.face, page.heard, [...page.known.keys()]]).toEqual(["engaged a2", [], ["a2"]]);
  });

  test("also where it was reported three times and the phone saw the first alone", () => {
    const page = new Page();
    page.news("state", accepted({ version: 8, state: "en_route" }));
    page.all(news("state", other({ id: "a3", replaces: ["a1", "a2"] })));
    expect([page.face, page.heard, [...page.known.keys()]]).toEqual(["engaged a3", [], ["a3"]]);
  });

  test("what differs in the other report is news", () => {
    const page = new Page();
    page.news("state", accepted({ version: 8, state: "en_route" }));
    page.news("update", other({ message: "second entrance" }));
    expect([page.face, page.heard]).toEqual(["engaged a2", ["a2 update 2"]]);
    page.news("danger", other({ version: 3, danger: true }));
    expect(page.face).toBe("stop danger a2");
  });

  test("also where the line does not say that it is news, and by the list", () => {
    const differs = other({ message: "second entrance" });
    for (const tell of [
      (page: Page) => page.news("state", differs),
      (page: Page) => page.all(news("state", differs)),
    ]) {
      const page = new Page();
      page.news("state", accepted({ version: 8, state: "en_route" }));
      tell(page);
      expect([page.heard, page.known.get("a2")?.notice]).toEqual([["a2 update 2"], "update"]);
    }
  });
});
