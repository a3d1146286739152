// Five suites: `desk`, `phone` and `shared` need nothing, `truth` needs Python, `e2e` needs the built server, both built pages and Chromium.
import { defineConfig } from "vitest/config";

/** A test that computes takes longer on a machine at full load, milliseconds. */
const SLOW_MS = 60_000;

export default defineConfig({
  test: {
    projects: [
      { test: { name: "desk", include: ["desk/src/**/*.test.ts"], testTimeout: SLOW_MS } },
      { test: { name: "phone", include: ["phone/src/**/*.test.ts"], testTimeout: SLOW_MS } },
      { test: { name: "shared", include: ["shared/**/*.test.ts"], testTimeout: SLOW_MS } },
      {
        test: {
          name: "truth",
          include: ["truth/*.test.ts"],
          testTimeout: 3 * SLOW_MS,
          hookTimeout: 3 * SLOW_MS,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 10_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
