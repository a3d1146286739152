// Which build is driven: the debug one before the release one, unless `MUSTER_PROFILE` names it.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../target", import.meta.url));
const WANTED = process.env.MUSTER_PROFILE;

/** The path of a built program, and its profile. */
export function built(name: "muster" | "muster-loadtest"): { path: string; profile: string } {
  const profiles = WANTED ? [WANTED] : ["debug", "release"];
  const profile = profiles.find((one) => existsSync(`${ROOT}/${one}/${name}`));
  if (!profile) throw new Error(`build first: cargo build -p muster -p muster-loadtest (${profiles[0]})`);
  return { path: `${ROOT}/${profile}/${name}`, profile };
}
