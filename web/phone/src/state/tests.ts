// A test alert on its whole way: out of the server, by push and by channel, and back.
import { http } from "../api/http.ts";
import { SayWhat } from "../generated/phone.js";
import { readMe, theChannel } from "./life.ts";
import { get, set } from "./store.ts";

/** Asks for one. Throws `ApiError`. */
export async function startTest(): Promise<void> {
  const startedAt = performance.now();
  set({ test: { id: "", startedAt, channelMs: null, pushMs: null, asked: null } });
  try {
    const asked = await http.testAlert();
    const test = get().test;
    // it may have arrived before its own answer
    if (test && (test.id === "" || test.id === asked.id)) set({ test: { ...test, id: asked.id, asked } });
  } catch (error) {
    set({ test: null });
    throw error;
  }
}

/** It arrived by one of the ways. */
export function testArrived(id: string, by: "channel" | "push"): void {
  if (by === "channel") {
    const { device } = get();
    if (device) void received(id, device);
  } else void readMe();
  const { test } = get();
  if (!test || (test.id !== "" && test.id !== id)) return;
  const took = performance.now() - test.startedAt;
  set({ test: { ...test, id, ...(by === "channel" ? { channelMs: took } : { pushMs: took }) } });
}

/** The phone's own proof that it has the test. */
async function received(id: string, device: string): Promise<void> {
  const say = { say: { alert_id: id, what: SayWhat.TEST_RECEIVED } };
  try {
    await theChannel()?.ask(say);
  } catch {
    // the line broke in between; a test that is not known any more needs no proof
    await http.testReceived(id, device).catch(() => undefined);
  }
  await readMe();
}
