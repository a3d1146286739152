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

/** Plans in a file of their own, until they are removed. */
export class PlansFile {
  private readonly folder = mkdtempSync(join(tmpdir(), "muster-e2e-"));
  readonly path = join(this.folder, "plans.toml");

  constructor(recheck_s: number) {
    writeFileSync(this.path, oneAtATime(recheck_s));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
