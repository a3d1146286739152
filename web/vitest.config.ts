// Four suites: `desk`, `phone` and `shared` need nothing, `e2e` needs the built server, both built pages and Chromium.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "desk", include: ["desk/src/**/*.test.ts"] } },
      { test: { name: "phone", include: ["phone/src/**/*.test.ts"] } },
      { test: { name: "shared", include: ["shared/**/*.test.ts"] } },
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
