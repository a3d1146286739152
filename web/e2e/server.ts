// The built server alone, embedded, with nothing in it: what a test needs it makes by the API.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { built } from "./built.ts";

/** It answers by then, milliseconds. */
const READY_MS = 60_000;
export const ORG = "town";

/** Calls the API; throws when the answer is no success. */
export type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<unknown>;

export interface Muster {
  url: string;
  /** A token of this server, good for an hour unless said otherwise. */
  token(role: string, sub: string, seconds?: number): string;
  /** A caller with a token of its own. */
  as(role: string, sub: string): Caller;
  /** It stands still: connections stay, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** It is killed as by a power cut; `start` begins it anew with the same data at the same address. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it with data of its own on a free port, and with these settings. */
export async function startMuster(settings: Record<`MUSTER__${string}`, string> = {}): Promise<Muster> {
  const { path } = built("muster");
  const data = mkdtempSync(join(tmpdir(), "muster-e2e-"));
  const env = {
    ...process.env,
    MUSTER__DATA_DIR: data,
    MUSTER__LISTEN: "127.0.0.1:0",
    MUSTER__SIMULATED: "true",
    // calls come from here: the desk asks about a place that is far from it
    MUSTER__MAP__CENTRE: "36.84,-76.06,11",
    ...settings,
  };
  const run = (more = {}) =>
    spawn(path, ["serve"], { env: { ...env, ...more }, stdio: ["ignore", "ignore", "pipe"] });
  const end = async (signal: NodeJS.Signals) => {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await ended;
  };
  let child = run();
  const listen = await address(child);
  const url = `http://${listen}`;
  const token = (role: string, sub: string, seconds = 3600) => {
    const flags = ["token", "--role", role, "--org", ORG, "--sub", sub, "--ttl-s", String(seconds)];
    return execFileSync(path, flags, { env, encoding: "utf8" }).trim();
  };
  return {
    url,
    token,
    as: (role, sub) => {
      const mine = token(role, sub);
      return (method, path, body, headers = {}) => call(url, mine, method, path, body, headers);
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    kill: () => end("SIGKILL"),
    start: async () => {
      child = run({ MUSTER__LISTEN: listen });
      await address(child);
    },
    stop: async () => {
      child.kill("SIGCONT");
      await end("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function call(
  url: string,
  token: string,
  method: string,
  path: string,
  body: unknown,
  more: Record<string, string>,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", ...more };
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** The address that the log names. */
function address(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error("the server was not ready in time")), READY_MS);
    let text = "";
    const take = (chunk: Buffer) => {
      text += chunk;
      const listening = /"listening":"([^"]+)"/.exec(text)?.[1];
      if (!listening) return;
      clearTimeout(timer);
      // the rest of the log is let go, or its pipe fills up
      child.stderr?.off("data", take).resume();
      found(listening);
    };
    child.stderr?.on("data", take);
    child.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${text}`)));
  });
}
