// How the page is built, and how it is served while somebody works on it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Where a running muster answers while the page is developed (`npm run dev`). */
const SERVER = process.env.MUSTER_URL ?? "http://127.0.0.1:8080";
const DIST = fileURLToPath(new URL("dist", import.meta.url));
/** Text shrinks; a font is packed already. */
const PACKED = /\.(js|mjs|css|json|svg|html)$/;

/** Puts `X.gz` beside each `X`: the server packs nothing while somebody waits. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync(DIST, { recursive: true, encoding: "utf8" })) {
        if (!PACKED.test(name)) continue;
        const path = join(DIST, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "/desk/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [packed()],
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
