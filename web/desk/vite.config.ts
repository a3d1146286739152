// How the page is built, and how it is served while somebody works on it.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { packed } from "../shared/packed.ts";

/** Where a running muster answers while the page is developed (`npm run dev`). */
const SERVER = process.env.MUSTER_URL ?? "http://127.0.0.1:8080";
const DIST = fileURLToPath(new URL("dist", import.meta.url));

export default defineConfig({
  base: "/desk/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [packed(DIST)],
  build: {
    outDir: DIST,
    target: "es2023",
    // an asset as a data URL would need a weaker content security policy
    assetsInlineLimit: 0,
    // the map is as big as it is, and loaded after the list
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { "/v1": { target: SERVER, changeOrigin: false } } },
});
