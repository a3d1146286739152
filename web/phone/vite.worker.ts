// How the service worker is built: after the page, because it keeps the page's files by their names.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { packed } from "../shared/packed.ts";

const DIST = fileURLToPath(new URL("dist", import.meta.url));

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
  assets?: string[];
}

/** The page's own files: what its entry needs at once, and not what comes with the map. */
function shell(): string[] {
  const chunks = JSON.parse(readFileSync(join(DIST, "files.json"), "utf8")) as Record<string, Chunk>;
  const files = new Set<string>();
  const add = (chunk: Chunk | undefined) => {
    if (!chunk || files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    for (const name of chunk.imports ?? []) add(chunks[name]);
  };
  for (const chunk of Object.values(chunks)) if (chunk.isEntry) add(chunk);
  // nobody asks the server for it
  rmSync(join(DIST, "files.json"));
  const icons = readdirSync(join(DIST, "icons")).map((name) => `icons/${name}`);
  return [...files, "manifest.webmanifest", ...icons].sort();
}

/** Another name as soon as one byte of one file is another. */
function version(files: string[]): string {
  const hash = createHash("sha256");
  for (const file of ["index.html", ...files]) hash.update(file).update(readFileSync(join(DIST, file)));
  return `shell-${hash.digest("hex").slice(0, 16)}`;
}

export default defineConfig(() => {
  const files = shell();
  return {
    define: { SHELL: JSON.stringify({ name: version(files), files }) },
    plugins: [packed(DIST)],
    publicDir: false as const,
    build: {
      outDir: DIST,
      // beside the page
      emptyOutDir: false,
      target: "es2022",
      lib: {
        entry: fileURLToPath(new URL("src/sw/worker.ts", import.meta.url)),
        formats: ["iife" as const],
        name: "worker",
        fileName: () => "sw.js",
      },
    },
  };
});
