// Whether this person is asked, and by which phone: what the page of every day says must not contradict what it
// says of the phone below it. Pure.
import type { Me } from "../api/types.ts";
import type { Facts } from "./readiness.ts";

/**
 * `here`: a push can reach this phone. `elsewhere`: only another one. `nowhere`: none, so nobody asks them.
 * `unknown`: not looked yet.
 */
export type Asked = "here" | "elsewhere" | "nowhere" | "unknown";

/** By which phone a push can reach them: the server asks nobody whom none can. */
export function askedBy(me: Me, facts: Facts | null, device: string | null | undefined): Asked {
  if (!facts) return "unknown";
  const own = me.devices.find(({ device_id }) => device_id === device);
  if (facts.notifications === "granted" && facts.subscribed && own?.push === "ok") return "here";
  const others = me.devices.some(({ device_id, push }) => device_id !== device && push === "ok");
  return others ? "elsewhere" : "nowhere";
}
