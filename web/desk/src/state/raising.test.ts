// A raise without an answer: the same key and the same words, until there is one.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Report } from "../api/types.ts";
import { Raising } from "./raising.ts";
import { incident } from "./samples.ts";

type Answer = { status: number; body: unknown } | "silence";
interface Asked {
  key: string;
  body: string;
}

const report = (kind: string): Report => ({
  kind,
  location: { lat: 1, lon: 2 },
  scene: "safe",
  exercise: false,
});
const raised: Answer = { status: 201, body: incident() };
const problem = (status: number, code: string): Answer => ({ status, body: { status, code, title: code } });

let asked: Asked[];

/** A server with these answers, one for each call. */
function answers(...all: Answer[]): void {
  asked = [];
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    const key = (init.headers as Record<string, string>)["idempotency-key"] ?? "";
    asked.push({ key, body: String(init.body) });
    const answer = all.shift();
    if (!answer) throw new Error("asked too often");
    if (answer === "silence") {
      return new Promise((_, fail) => init.signal?.addEventListener("abort", () => fail(new Error("abort"))));
    }
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  // not among what the faked clock drives
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const control = new AbortController();
    setTimeout(() => control.abort(), ms);
    return control.signal;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("tried again with the same key and words after silence and after every answer that says later", async () => {
  answers("silence", problem(503, "outcome_unknown"), problem(429, "too_many"), problem(502, "bad"), raised);
  const done = new Raising("k1").raise(report("fall"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await done).toEqual({ incident: incident(), first: false });
  expect(asked).toHaveLength(5);
  expect(new Set(asked.map((one) => `${one.key} ${one.body}`)).size).toBe(1);
});

test("a refusal is told at once", async () => {
  answers(problem(400, "invalid"));
  await expect(new Raising("k1").raise(report("fall"))).rejects.toThrow("invalid");
  expect(asked).toHaveLength(1);
});

test("stopped by the person, and no further call", async () => {
  answers("silence");
  const raising = new Raising("k1");
  const done = expect(raising.raise(report("fall"))).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(3_500);
  raising.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  await done;
  expect(asked).toHaveLength(1);
});

test("changed after a try that had arrived: the incident as it was first sent is found", async () => {
  answers("silence", problem(422, "idempotency_mismatch"), raised);
  const raising = new Raising("k1");
  const stopped = expect(raising.raise(report("fall"))).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(1_000);
  raising.stop();
  await stopped;
  const { incident: found, first } = await raising.raise(report("burn"));
  expect([found.id, first]).toEqual(["i1", true]);
  expect(asked.map((one) => JSON.parse(one.body).kind)).toEqual(["fall", "burn", "fall"]);
  expect(new Set(asked.map((one) => one.key))).toEqual(new Set(["k1"]));
});
