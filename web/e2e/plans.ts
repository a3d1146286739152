// Plans of a test in place of the built-in ones.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The nearest alone is asked, and the next when a phone is not reached; who is free again is looked for so often. */
const oneAtATime = (recheck_s: number) => `[[plan]]
id = "default"
version = 1
wanted = 1
overbook = 0
answer_window_s = 300
receipt_window_s = 300
expires_s = 600
recheck_s = ${recheck_s}
still_going_s = 150
engaged_max_s = 7200
open_warn_s = 7200
open_max_s = 14400
oldest_fix_s = 3600
stale_fix_s = 600
max_call_age_s = 900
replace_on_decline = true
replace_on_silence = true
scene = ["safe"]
skills = []
max_asked = 10
waves = [{ after_s = 0, radius_m = 2000, at_once = 1 }]
`;

/** Everything comes after seconds: three waves, doubt, silence. `strict` asks nobody in anybody's place. */
export const HURRIED = ["default", "strict"]
  .map(
    (id) => `[[plan]]
id = "${id}"
version = 1
wanted = 2
overbook = 1
answer_window_s = 8
receipt_window_s = 300
expires_s = 600
recheck_s = 1
still_going_s = 10
engaged_max_s = 7200
open_warn_s = 7200
open_max_s = 14400
oldest_fix_s = 3600
stale_fix_s = 600
max_call_age_s = 900
replace_on_decline = ${id === "default"}
replace_on_silence = ${id === "default"}
scene = ["safe"]
skills = []
max_asked = 5
waves = [
  { after_s = 0, radius_m = 600, at_once = 2 },
  { after_s = 6, radius_m = 1500, at_once = 1 },
  { after_s = 12, radius_m = 4000, at_once = 1 },
]
`,
  )
  .join("\n");

/** Plans in a file of their own, until they are removed. */
export class PlansFile {
  private readonly folder = mkdtempSync(join(tmpdir(), "muster-e2e-"));
  readonly path = join(this.folder, "plans.toml");

  /** What the file says; a number: one at a time, and who is free again is looked for so often. */
  constructor(plans: number | string) {
    writeFileSync(this.path, typeof plans === "number" ? oneAtATime(plans) : plans);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
