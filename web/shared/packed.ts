// A step of the build: `X.gz` beside each `X`, so that the server packs nothing while somebody waits.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Text shrinks; a font or a picture is packed already. */
const PACKED = /\.(js|mjs|css|json|svg|html|webmanifest)$/;

/** Packs everything in `dist` when the build is done. */
export function packed(dist: string): Plugin {
  return {
    name: "packed",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        if (!PACKED.test(name)) continue;
        const path = join(dist, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}
