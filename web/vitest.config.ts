// Six suites: `desk`, `phone` and `shared` need nothing, `truth` needs Python, `e2e` and `e2e-measured` need the built server,
// both built pages and Chromium.
import { defineConfig } from "vitest/config";

/** A test that computes takes longer on a machine at full load, milliseconds. */
const SLOW_MS = 60_000;

/** What every test in a browser has. */
const BROWSER = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // as long as any step in a browser may take on a machine at full load
  expect: { poll: { timeout: 45_000 } },
};

/** These take times or pictures to be kept, so nothing else runs beside them. */
const MEASURED = ["load", "phone-load", "phone-figures", "picture"].map((name) => `e2e/${name}.test.ts`);

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
          ...BROWSER,
          name: "e2e",
          include: ["e2e/*.test.ts"],
          exclude: MEASURED,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...BROWSER,
          name: "e2e-measured",
          include: MEASURED,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
