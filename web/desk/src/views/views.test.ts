// What the views decide without drawing: who is silent, which actions there are, what a token says.
import { beforeEach, expect, test } from "vitest";
import type { Incident, LogItem } from "../api/types.ts";
import { hearTime } from "../state/clock.ts";
import { alert, incident, time } from "../state/samples.ts";
import { speak } from "../words/i18n.ts";
import { logWords, unseenWords } from "../words/sentences.ts";
import { available, nextRadius } from "./action-list.ts";
import { warningText } from "./form-checks.tsx";
import { personActions } from "./person-actions.ts";
import { rings } from "./rings.ts";
import { readToken, refuse } from "./token.ts";

beforeEach(() => {
  speak("en");
  hearTime(time(600));
});

const item = (type: string, part: Partial<LogItem> = {}): LogItem => ({
  seq: 1,
  at: time(100),
  version: 1,
  type,
  actor: { role: "timer", subject: "" },
  detail: {},
  ...part,
});
const plan = item("raised", {
  detail: { opening: { plan: { waves: [{ radius_m: 600 }, { radius_m: 1200 }] } } },
});
const story = (items: LogItem[]) => ({ items, people: new Map(), failed: false });
const around = { story: story([plan]), all: new Map(), leads: false };
const names = (one: Incident, items: LogItem[] = [plan], leads = false) =>
  available(one, { ...around, story: story(items), leads }).map(({ id }) => id);
const nothing = { text: "", choice: "" };

test("each state has its actions", () => {
  expect(names(incident({ state: "held", wave: 0 }))).toContain("release");
  expect(names(incident({ state: "held", wave: 0 }))).not.toContain("widen");
  expect(names(incident())).toContain("widen");
  expect(names(incident({ wave: 2 }))).not.toContain("widen");
  expect(names(incident())).not.toContain("message");
  expect(names(incident({ alerts: [alert({ state: "accepted" })] }))).toContain("message");
  expect(names(incident({ scene: "unsafe", danger: true }))).toContain("safe");
  expect(names(incident({ scene: "unsafe", danger: true }))).not.toContain("unsafe");
});

test("a closed incident can only be opened again, and only for a while", () => {
  expect(names(incident({ state: "closed", closed_at: time(0) }))).toEqual(["reopen"]);
  expect(names(incident({ state: "closed", closed_at: time(600 - 1801) }))).toEqual([]);
});

test("a duplicate is of an open incident nearby, and either of the two may stay", () => {
  const here = incident();
  const near = incident({ id: "near", location: { lat: 36.853, lon: -75.978 }, opened_at: time(60) });
  const far = incident({ id: "far", location: { lat: 36.9, lon: -75.978 } });
  const closed = incident({ id: "closed", state: "closed" });
  const merge = (mine: Incident, all: Incident[]) =>
    available(mine, { ...around, all: new Map(all.map((one) => [one.id, one])) }).find(
      ({ id }) => id === "duplicate",
    );
  const codes = (mine: Incident, all: Incident[]) => merge(mine, all)?.choices?.map(({ code }) => code);
  // the older one stays
  expect(codes(here, [here, near, far, closed])).toEqual(["other near", "this near"]);
  expect(codes(near, [here, near])).toEqual(["this i1", "other i1"]);
  expect(codes(here, [here, far])).toBeUndefined();
  // whoever has people under way stays
  const going = { ...near, alerts: [alert({ state: "en_route" })] };
  expect(codes(here, [here, going])).toEqual(["this near", "other near"]);
  const action = merge(going, [here, going]);
  const stays = { text: "", choice: "other i1" };
  const closes = { text: "", choice: "this i1" };
  expect(action?.does(stays)).toBe(
    "Closes the other one; it names this one. The one that stays then has 1 of 3.",
  );
  expect(action?.does(closes)).toBe(
    "Closes this one and names the other. The one person on it goes on with the one that stays. The one that stays then has 1 of 3.",
  );
  // nobody goes from an exercise to an emergency
  expect(codes(here, [here, { ...near, exercise: true }])).toBeUndefined();
});

test("what an action will do counts the people that it will do it to", () => {
  const alerts = ["sent", "seen", "en_route", "on_scene", "declined"].map((state, n) =>
    alert({ id: `a${n}`, state }),
  );
  const close = available(incident({ alerts }), around).find(({ id }) => id === "close");
  const words = close?.does(nothing);
  expect(words).toMatch(
    /^The 3 people asked or under way are told to stop\. The one person on scene is not sent away/,
  );
});

test("safe again says what it will do, and asks first while somebody is in danger by their own word", () => {
  const safe = (part: Partial<Incident>) =>
    available(incident({ scene: "unsafe", danger: true, ...part }), around).find(({ id }) => id === "safe");
  const held = { state: "held", wave: 0, held_reasons: ["scene_unsafe"] };
  expect(safe(held)?.does(nothing)).toMatch(/^Nothing else holds it: alerting begins now/);
  expect(safe({ ...held, ems_eta_at: time(599) })?.does(nothing)).toBe(
    "It stays held all the same: the ambulance should be there. Release it to start.",
  );
  expect(safe({})?.does(nothing)).toBe("Alerting goes on where it stopped.");
  expect(safe({})?.asks?.(nothing)).toBeNull();
  const reported = safe({ alerts: [alert({ state: "en_route", in_danger: true })] });
  expect(reported?.asks?.(nothing)).toBe("Still reported in danger: anna. This ends their report.");
});

test("an unsafe scene is released by nobody but a coordinator, with a reason", () => {
  const held = incident({
    state: "held",
    wave: 0,
    scene: "unsafe",
    danger: true,
    held_reasons: ["scene_unsafe"],
  });
  expect(names(held)).not.toContain("release");
  expect(names(held)).not.toContain("override");
  expect(names(held, [plan], true)).toContain("override");
  const override = available(held, { ...around, leads: true }).find(({ id }) => id === "override");
  expect(override?.text).toBe("required");
});

test("closing comes first only where nobody is needed any more", () => {
  const done = [alert({ state: "finished", finish_reason: "ems_took_over" })];
  expect(names(incident({ state: "covered", alerts: done }))[0]).toBe("close");
  const still = [...done, alert({ id: "a2", state: "on_scene" })];
  expect(names(incident({ state: "covered", alerts: still }))[0]).not.toBe("close");
  const left = [alert({ state: "finished", finish_reason: "had_to_leave" })];
  expect(names(incident({ state: "alerting", alerts: left }))[0]).not.toBe("close");
});

test("one person can be stood down, and a mistaken arrival or end taken back", () => {
  const of = (state: string, part: Partial<Incident> = {}) =>
    personActions(incident(part), alert({ state }), "Anna").map(({ id, choices }) =>
      choices ? `${id}: ${choices.map(({ code }) => code).join(" ")}` : id,
    );
  expect(of("sent")).toEqual(["stand_down"]);
  expect(of("en_route")).toEqual(["stand_down"]);
  expect(of("on_scene")).toEqual(["stand_down", "take_back: en_route accepted"]);
  expect(of("finished")).toEqual(["take_back: on_scene en_route accepted"]);
  expect(of("finished", { round: 2 })).toEqual([]);
  expect(of("declined")).toEqual([]);
  expect(of("on_scene", { state: "closed" })).toEqual([]);
});

test("the next wave's radius comes from the plan that the incident runs by", () => {
  expect(nextRadius(incident({ wave: 1 }), story([plan]))).toBe(1200);
  expect(nextRadius(incident({ wave: 2 }), story([plan]))).toBeNull();
  const launched = [1, 2].map((wave) => item("wave_launched", { detail: { wave, radius_m: wave * 600 } }));
  expect(rings(launched)).toEqual([600, 1200]);
  expect(rings([...launched, item("reopened"), ...launched.slice(0, 1)])).toEqual([600]);
});

test("who has not seen an update or a stand-down is named, and nobody else", () => {
  const told = (
    responder_id: string,
    state: string,
    told_version: number | null,
    confirmed_version: number | null,
  ) => alert({ id: responder_id, responder_id, state, told_version, confirmed_version });
  const alerts = [
    told("silent", "en_route", 5, 3),
    told("never", "accepted", 2, null),
    told("seen", "en_route", 5, 5),
    told("not told", "en_route", null, null),
    told("still running", "stood_down", 6, 4),
    told("stopped", "stood_down", 6, 6),
    told("said no", "declined", 6, 2),
  ];
  expect(unseenWords(incident({ alerts }), (id) => id)).toEqual([
    "2 have not seen the last change yet: silent, never",
    "Told to stop, and has not seen it yet: still running",
  ]);
});

test("a line of the log tells who, what and why", () => {
  expect(logWords(item("stood_down", { detail: { why: "enough_accepted" } }), "Anna")).toBe(
    "Anna is not needed: enough others are coming",
  );
  expect(logWords(item("wave_launched", { detail: { wave: 2, radius_m: 1200, considered: 7 } }), "")).toBe(
    "Wave 2: 7 in reach within 1.2\u00a0km",
  );
  expect(logWords(item("reached_patient"), "Anna")).toBe("Anna is with the patient");
  // one that a newer server writes
  expect(logWords(item("moon_landed"), "")).toBe("moon landed");
});

test("a warning names its field", () => {
  expect(warningText("location_uncertain")).toMatch(/^The place is uncertain/);
  expect(warningText("unknown_field:address.colour")).toBe("Unknown, left out: address.colour");
});

test("a token tells why it will not do", () => {
  const token = (claims: object) => `e.${btoa(JSON.stringify(claims))}.s`;
  expect(refuse("abc")).toBe("signin.not_a_token");
  expect(refuse("a.%%%.c")).toBe("signin.not_a_token");
  expect(refuse(token({ role: "responder" }))).toBe("signin.role");
  expect(refuse(token({ role: "coordinator" }))).toBeNull();
  expect(readToken(token({ role: "admin", exp: 7 }))).toEqual({ role: "admin", exp: 7 });
});
