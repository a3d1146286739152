// Plans of a test in place of the built-in ones.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What these plans have in common; a plan says what is different. */
const COMMON = {
  version: 1,
  wanted: 1,
  overbook: 0,
  answer_window_s: 300,
  receipt_window_s: 300,
  expires_s: 600,
  recheck_s: 1,
  still_going_s: 150,
  engaged_max_s: 7200,
  open_warn_s: 7200,
  open_max_s: 14400,
  oldest_fix_s: 3600,
  stale_fix_s: 600,
  max_call_age_s: 900,
  replace_on_decline: true,
  replace_on_silence: true,
  max_asked: 10,
};

/** When a wave begins, how far it looks and how many it asks. */
type Wave = [after_s: number, radius_m: number, at_once: number];

/** A plan as its file says it; only a safe scene starts it. */
export function plan(id: string, waves: Wave[], different: Partial<typeof COMMON> = {}): string {
  const values = Object.entries({ ...COMMON, ...different }).map(([name, value]) => `${name} = ${value}`);
  const each = waves.map(
    ([after_s, radius_m, at_once]) =>
      `  { after_s = ${after_s}, radius_m = ${radius_m}, at_once = ${at_once} },`,
  );
  const lines = [
    "[[plan]]",
    `id = "${id}"`,
    ...values,
    'scene = ["safe"]',
    "skills = []",
    "waves = [",
    ...each,
    "]",
  ];
  return `${lines.join("\n")}\n`;
}

/** The nearest alone is asked, and the next when a phone is not reached; who is free again is looked for so often. */
const oneAtATime = (recheck_s: number) => plan("default", [[0, 2000, 1]], { recheck_s });

/** Everything comes after seconds: three waves, doubt, silence. `strict` asks nobody in anybody's place. */
export const HURRIED = ["default", "strict"]
  .map((id) =>
    plan(
      id,
      [
        [0, 600, 2],
        [6, 1500, 1],
        [12, 4000, 1],
      ],
      {
        wanted: 2,
        overbook: 1,
        answer_window_s: 8,
        still_going_s: 10,
        replace_on_decline: id === "default",
        replace_on_silence: id === "default",
        max_asked: 5,
      },
    ),
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
