// What a page claims of its phone, where it hands a place to, and what a code looks like.
import { expect, test } from "vitest";
import type { Me } from "../api/types.ts";
import { codeOf, isCode } from "./code.ts";
import { handOff } from "./hand-off.ts";
import { platformOf } from "./platform.ts";
import { bytesOf } from "./push.ts";
import { checks, type Facts, HEARD_MS, readiness } from "./readiness.ts";

const facts = (part: Partial<Facts> = {}): Facts => ({
  platform: "android",
  installed: true,
  canPush: true,
  notifications: "granted",
  subscribed: true,
  position: "granted",
  watching: true,
  places: false,
  soundWorks: true,
  heardAt: null,
  ...part,
});
const me = (part: Partial<Me> = {}): Me => ({
  id: "anna",
  org: "town",
  name: "Anna",
  skills: ["bls"],
  travel: "foot",
  exercises: true,
  state: "verified",
  on_duty: true,
  device_id: "d1",
  devices: [
    { device_id: "d1", platform: "web", push: "ok", last_test: { id: "t", sent_at: "", received_at: "x" } },
  ],
  ...part,
});

test("loud is only what a person has heard, and never on an iPhone", () => {
  expect(readiness(facts(), 0).alarm).toBe("unknown");
  expect(readiness(facts({ heardAt: 1_000 }), 2_000).alarm).toBe("loud");
  expect(readiness(facts({ heardAt: 1_000 }), 1_000 + HEARD_MS).alarm).toBe("unknown");
  expect(readiness(facts({ heardAt: 1_000, platform: "ios" }), 2_000).alarm).toBe("unknown");
  expect(readiness(facts({ heardAt: 1_000, notifications: "denied" }), 2_000).alarm).toBe("quiet");
  expect(readiness(facts({ heardAt: 1_000, subscribed: false }), 2_000).alarm).toBe("quiet");
});

test("a position is live only while the page reads it", () => {
  expect(readiness(facts(), 0).position).toBe("live");
  expect(readiness(facts({ watching: false }), 0).position).toBe("none");
  expect(readiness(facts({ position: "denied" }), 0).position).toBe("none");
});

test("places stand in for a position that is not live", () => {
  expect(readiness(facts({ places: true }), 0).position).toBe("live");
  expect(readiness(facts({ places: true, watching: false }), 0).position).toBe("place");
  expect(readiness(facts({ places: true, position: "denied" }), 0).position).toBe("place");
  const position = (f: Facts) => checks(f, me(), "d1").find(({ name }) => name === "position")?.state;
  expect(position(facts({ position: "denied" }))).toBe("bad");
  expect(position(facts({ position: "denied", places: true }))).toBe("unsure");
});

test("what is in the way is named, and what cannot be known is not called good", () => {
  const names = (state: string, f: Facts, who = me()) =>
    checks(f, who, "d1")
      .filter((check) => check.state === state)
      .map(({ name }) => name);
  expect(names("bad", facts())).toEqual([]);
  expect(names("bad", facts({ notifications: "denied", subscribed: false }))).toEqual([
    "notifications",
    "push",
  ]);
  expect(names("bad", facts({ platform: "ios", installed: false }))).toEqual(["install"]);
  expect(names("unsure", facts({ installed: false, soundWorks: false, battery_pct: 9 }))).toEqual([
    "install",
    "sound",
    "battery",
  ]);
  expect(names("bad", facts(), me({ state: "suspended" }))).toEqual(["account"]);
  const dead = me({ devices: [{ device_id: "d1", platform: "web", push: "dead" }] });
  expect(names("bad", facts(), dead)).toEqual(["push"]);
  expect(names("unsure", facts(), dead)).toEqual(["test"]);
});

test("each phone gets the links that work there, with the place and nothing else", () => {
  const at = { lat: 36.8529, lon: -75.978 };
  expect(handOff(at, "foot", "android")[0]).toEqual({
    name: "system",
    href: "geo:36.852900,-75.978000?q=36.852900,-75.978000",
  });
  expect(handOff(at, "car", "ios").map(({ href }) => href)).toEqual([
    "https://maps.apple.com/?daddr=36.852900,-75.978000&dirflg=d",
    "https://www.google.com/maps/dir/?api=1&destination=36.852900,-75.978000&travelmode=driving",
  ]);
  expect(handOff(at, "bike", "other").map(({ name }) => name)).toEqual(["google"]);
});

test("phones by their names", () => {
  expect(platformOf("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", 5)).toBe("ios");
  expect(platformOf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 5)).toBe("ios");
  expect(platformOf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 0)).toBe("other");
  expect(platformOf("Mozilla/5.0 (Linux; Android 15)", 5)).toBe("android");
});

test("a code is read from a link, from a picture and from fingers", () => {
  for (const text of [
    "7K3Q-9FMB-T2XC",
    "7k3q 9fmb t2xc",
    " 7k3q9fmbt2xc ",
    "https://x.example/phone/#code=7K3Q-9FMB-T2XC",
  ]) {
    expect(codeOf(text)).toBe("7K3Q-9FMB-T2XC");
    expect(isCode(text)).toBe(true);
  }
  expect(isCode("7K3Q-9FMB")).toBe(false);
  expect(isCode("7K3Q-9FMB-T2XC-9999")).toBe(false);
});

test("a key of base64url as bytes", () => {
  expect([...bytesOf("-_8A")]).toEqual([251, 255, 0]);
});
