// On duty and asked are two things: nobody is told that they are asked where no push can reach them.
import { expect, test } from "vitest";
import type { Device, Me } from "../api/types.ts";
import de from "../messages/de.json";
import en from "../messages/en.json";
import { askedBy } from "./asked.ts";
import { type Facts, readiness } from "./readiness.ts";

const FACTS: Facts = {
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
};
const device = (device_id: string, push: Device["push"]): Device => ({ device_id, platform: "web", push });
const me = (...devices: Device[]): Me => ({
  id: "anna",
  org: "town",
  name: "Anna",
  skills: [],
  travel: "foot",
  exercises: true,
  state: "verified",
  on_duty: true,
  device_id: "d1",
  devices,
});

test("over all that decides it: asked here, by another phone, or by nobody", () => {
  for (const notifications of ["granted", "denied", "default"] as const)
    for (const subscribed of [true, false])
      for (const own of ["ok", "dead", "none"] as const)
        for (const other of ["ok", "dead", "none", null] as const) {
          const phones = [device("d1", own), ...(other ? [device("d2", other)] : [])];
          const facts = { ...FACTS, notifications, subscribed };
          const asked = askedBy(me(...phones), facts, "d1");
          const reached = notifications === "granted" && subscribed && own === "ok";
          expect(asked).toBe(reached ? "here" : other === "ok" ? "elsewhere" : "nowhere");
          // the card below says quiet only of a phone that is not the one by which they are asked
          if (asked === "here") expect(readiness(facts, 0).alarm).not.toBe("quiet");
        }
  expect(askedBy(me(), null, "d1")).toBe("unknown");
});

test("only who is asked is told so, and a quiet phone speaks of itself alone", () => {
  for (const file of [en, de]) {
    expect(file["duty.on_here"]).not.toMatch(/nobody|niemand/);
    expect(file["duty.on_nowhere"]).toMatch(/nobody|niemand/);
    expect(file["duty.on_until_nowhere"]).toMatch(/nobody|niemand/);
    expect(file["alarm.quiet"]).not.toMatch(/nobody|niemand/);
  }
});
