// The built server with simulated phones and the push stand-in, as `muster-loadtest` starts them.
import { type ChildProcess, spawn } from "node:child_process";
import { built } from "./built.ts";

/** The town is ready by then, milliseconds. */
const READY_MS = 60_000;

type Role = "call_handler" | "coordinator" | "responder" | "admin";

export interface World {
  url: string;
  tokens: Record<Role, string>;
  /** Addresses that sign a browser in, each once. */
  links: Record<Role, string>;
  stop(): Promise<void>;
}

/** Starts a town of so many phones; people are `speed` times faster than real. */
export async function startWorld(phones: number, speed: number, env: string[] = []): Promise<World> {
  const flags = ["--json", "--listen", "127.0.0.1:0", "--phones", String(phones), "--speed", String(speed)];
  const child = spawn(
    built("muster-loadtest").path,
    ["demo", ...flags, ...env.flatMap((pair) => ["--env", pair])],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const line = await firstJson(child);
  const { url, tokens, links } = JSON.parse(line) as Pick<World, "url" | "tokens" | "links">;
  return {
    url,
    tokens,
    links,
    stop: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function firstJson(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error("the town was not ready in time")), READY_MS);
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk;
      const line = text.split("\n").find((one) => one.startsWith("{") && one.endsWith("}"));
      if (!line) return;
      clearTimeout(timer);
      found(line);
    });
    child.once("exit", (code) => failed(new Error(`the town ended with ${code}: ${text}`)));
  });
}
