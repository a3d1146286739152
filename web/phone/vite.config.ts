// How the phone's page is built, and how it is served while somebody works on it.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Where a running muster answers while the page is developed (`npm run dev:phone`). */
const SERVER = process.env.MUSTER_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/phone/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("dist", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    // an asset as a data URL would need a weaker content security policy
    assetsInlineLimit: 0,
    // the service worker's list of files is made from it
    manifest: "files.json",
    // the map is as big as it is, and comes when it is asked for
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { "/v1": { target: SERVER, changeOrigin: false, ws: true } } },
});
