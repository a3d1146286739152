// Asks the checker, a program in Python that knows the log and the positions, and neither the server nor a page.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LogItem } from "../desk/src/api/types.ts";

const CHECKER = fileURLToPath(new URL("checker", import.meta.url));

export interface Point {
  lat: number;
  lon: number;
}

export interface Fix extends Point {
  accuracy_m: number;
  at: string;
}

/** A sentence where it stands, in the languages in which it was shown. */
export interface Said {
  where: string;
  /** The person that it is about. */
  alert_id?: string | undefined;
  /** The time of the clock that stands beside it. */
  at?: string;
  en?: string;
  de?: string;
}

/** An incident at an instant, as far as anybody outside knows it, and what a page said of it then. */
export interface Case {
  now: string;
  place: Point;
  log: Pick<LogItem, "at" | "version" | "type" | "alert_id" | "detail">[];
  /** By responder. */
  fixes: Record<string, Fix[]>;
  /** The address that the desk sent last; null when there is none. */
  address: Record<string, string> | null;
  /** What people are called at the desk. */
  names?: Record<string, string>;
  /** The last message of the control room. */
  message?: string | null;
  /** How long the line is cut, seconds; null: it is not. */
  cut_s?: number | null;
  /** What other incidents of the same call are called. */
  others?: string[];
  /** Seconds that a position may take to the page; 0 when not said. */
  late_s?: number;
  /** Seconds that may lie between what is known and what is shown. */
  slack_s: number;
  said: Said[];
  /** The one whose phone says it, and what only that phone knows. */
  phone?: { alert_id: string; unsent: readonly string[]; own: Point | null; elsewhere: boolean };
  /** What was done before, for whoever reads a failure. */
  step: string;
}

/** A sentence that is not true. */
export interface Wrong {
  where: string;
  text: string;
  why: string;
  step: string;
}

/** For each case what is false of it. */
export async function judge(cases: Iterable<Case>): Promise<Wrong[][]> {
  const child = spawn("python3", ["-B", CHECKER], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close");
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  // what is wrong with the program is in its complaint, and not that it reads no further
  child.stdin.on("error", () => undefined);
  const steps: string[] = [];
  const answers: Wrong[][] = [];
  createInterface(child.stdout).on("line", (line) => {
    const step = steps[answers.length] ?? "";
    answers.push((JSON.parse(line) as Wrong[]).map((wrong) => ({ ...wrong, step })));
  });
  for (const one of cases) {
    steps.push(one.step);
    if (!child.stdin.write(`${JSON.stringify(one)}\n`) && child.exitCode === null)
      await Promise.race([once(child.stdin, "drain"), ended]);
  }
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0 || complaint || answers.length !== steps.length)
    throw new Error(
      `the checker ended with ${code} after ${answers.length} of ${steps.length}: ${complaint}`,
    );
  return answers;
}

/** Of each sentence that is false somewhere the first place: a few are read, and not thousands. */
export function firsts(judged: Wrong[][], log: (n: number) => Case["log"] | undefined): string[] {
  const found = new Map<string, string>();
  for (const [n, wrong] of judged.entries()) {
    for (const { text, where, why, step } of wrong) {
      const key = `${where} ${why}: ${text.replaceAll(/\d+/g, "0")}`;
      if (found.has(key)) continue;
      const story = log(n)?.map(({ type, alert_id }) => [type, alert_id].filter(Boolean).join(" "));
      found.set(key, [`${where}, ${why}: ${text}`, step, ...(story ?? [])].join("\n  "));
    }
  }
  return [...found.values()].slice(0, 10);
}
