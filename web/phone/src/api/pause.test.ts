// When the phone comes back, by the close code.
import { expect, test } from "vitest";
import { after } from "./pause.ts";

test("half a second, doubling to fifteen, never in step", () => {
  for (let failures = 0; failures < 40; failures++) {
    const longest = Math.min(15_000, 500 * 2 ** failures);
    expect(after(1006, failures, 0)).toEqual({ type: "again", inMs: longest / 2 });
    expect(after(1006, failures, 1)).toEqual({ type: "again", inMs: longest });
  }
});

test("a node that stops spreads its phones over three seconds", () => {
  expect(after(1001, 0, 0)).toEqual({ type: "again", inMs: 0 });
  expect(after(1001, 0, 0.5)).toEqual({ type: "again", inMs: 1_500 });
  // and not again and again at once, when the next one stops too
  expect(after(1001, 3, 0)).toEqual({ type: "again", inMs: 2_000 });
});

test("ended sessions sign in, another tab's phone does not fight for the line, a flood waits", () => {
  expect([4001, 4003].map((code) => after(code, 0, 0).type)).toEqual(["sign_in", "sign_in"]);
  expect(after(4002, 0, 0)).toEqual({ type: "elsewhere" });
  expect(after(4008, 0, 1)).toEqual({ type: "again", inMs: 15_000 });
});
