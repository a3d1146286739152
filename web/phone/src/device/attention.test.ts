// Word of phones that fail, from the channel, a push and the server's list.
import { expect, test } from "vitest";
import type { Device, Me } from "../api/types.ts";
import { failing, isOwn, noted, wantsNewAddress } from "./attention.ts";

const device = (device_id: string, failing: string | null = null): Device => ({
  device_id,
  platform: "web",
  push: failing === "push_dead" ? "dead" : "ok",
  failing,
});
const me = (...devices: Device[]): Me => ({
  id: "anna",
  org: "town",
  name: "Anna",
  skills: [],
  travel: "foot",
  exercises: false,
  state: "verified",
  on_duty: true,
  device_id: "d-1",
  devices,
});

test("the server's list names those that fail, and a server that knows of none names none", () => {
  expect(failing(me(device("d-1"), device("d-2", "push_dead")))).toEqual([
    { device_id: "d-2", why: "push_dead" },
  ]);
  const { failing: _, ...older } = device("d-1");
  expect(failing(me(older))).toEqual([]);
});

test("a word that comes first by the channel and then by push is one", () => {
  const first = { id: "w-1", device_id: "d-2", why: "test_missed", told_at_ms: 1 };
  const once = noted([], first);
  expect(noted(once, { device_id: "d-2", why: "test_missed" })).toEqual(once);
  expect(noted(once, { device_id: "d-2", why: "push_dead" })).toEqual([
    { device_id: "d-2", why: "push_dead" },
  ]);
  expect(noted(once, { device_id: "d-1", why: "push_dead" })).toHaveLength(2);
});

test("only this phone's own dead address is replaced", () => {
  const [own, other] = ["d-1", "d-2"].map((device_id) => ({ device_id, why: "push_dead" }));
  if (!own || !other) throw new Error("two");
  expect([isOwn(own, "d-1"), isOwn(other, "d-1"), isOwn(own, null)]).toEqual([true, false, false]);
  expect(wantsNewAddress([own, other], "d-1")).toBe(true);
  expect(wantsNewAddress([other], "d-1")).toBe(false);
  expect(wantsNewAddress([{ ...own, why: "test_missed" }], "d-1")).toBe(false);
});
