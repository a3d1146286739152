// A server with made-up incidents and people, for what a real one cannot show on demand: hundreds of
// incidents, thousands of people on the move, a line that is cut at a chosen moment.

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alert, Incident, LogItem } from "../desk/src/api/types.ts";
import { at, CENTRE, madeUpIncident, madeUpLog } from "./made-up.ts";
import { rosterCall } from "./made-up-people.ts";
import { madeUpClosed, recordsCall } from "./made-up-records.ts";

const DIST = fileURLToPath(new URL("../desk/dist", import.meta.url));
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
/** As strict as the real server's. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export class Stub {
  readonly incidents = new Map<string, Incident>();
  /** What came in: method and path. */
  readonly asked: string[] = [];
  private readonly viewers = new Set<ServerResponse>();
  private events: string[] = [];
  /** Names the history, as the first part of a cursor. */
  private epoch = "e";
  private readonly server: Server;
  /** Reports as they came in. */
  readonly raised: Record<string, unknown>[] = [];
  /** What the server says of its map, and of where people are. */
  map: { centre: object | null; bounds: number[] | null } = { centre: { ...CENTRE, zoom: 12 }, bounds: null };
  areas: { lat: number; lon: number }[] = [];
  /** Whoever asks has no session. */
  signedOut = false;
  /** New connections of the feed are refused. */
  down = false;
  /** Connections stand and nothing is said. */
  mute = false;
  /** What it tells is as old as that. */
  stale: Date | null = null;
  private readonly beating: NodeJS.Timeout;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.beating = setInterval(() => this.beat(), 1000);
  }

  static async start(incidents: number): Promise<Stub> {
    const stub = new Stub();
    for (let n = 0; n < incidents; n++) {
      const incident = madeUpIncident(n);
      stub.incidents.set(incident.id, incident);
    }
    await new Promise<void>((ready) => stub.server.listen(0, "127.0.0.1", ready));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.beating);
    this.cut();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Changes an incident, and tells every viewer. */
  change(incident: Incident, change: string): void {
    this.incidents.set(incident.id, incident);
    const data = JSON.stringify({ change, ...incident });
    this.events.push(`event: incident\nid: ${this.epoch}-${this.events.length + 1}\ndata: ${data}\n\n`);
    for (const viewer of this.viewers) viewer.write(this.events.at(-1));
  }

  /** Says something that has no place in history. */
  say(event: string, data: unknown): void {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const viewer of this.viewers) viewer.write(text);
  }

  /** Begins another history: whoever watches is told so, and whoever comes back with a cursor of this one. */
  reset(): void {
    this.epoch += "e";
    this.events = [];
    this.say("reset", {});
  }

  private beat(): void {
    if (this.mute) return;
    if (this.stale) this.say("stale", { since: this.stale.toISOString() });
    this.say("beat", { at: new Date().toISOString() });
  }

  /** Ends every line. */
  cut(): void {
    for (const viewer of this.viewers) viewer.destroy();
    this.viewers.clear();
  }

  get watching(): number {
    return this.viewers.size;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://stub");
    this.asked.push(`${request.method} ${url.pathname}${url.search}`);
    if (!url.pathname.startsWith("/v1/")) return this.file(url.pathname, response);
    if (url.pathname === "/v1/feed") return this.feed(url, response);
    if (this.signedOut) {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ status: 401, code: "unauthenticated", title: "Who are you?" }));
      return;
    }
    const body = request.method === "GET" ? {} : await read(request);
    const found = this.call(request.method ?? "GET", url, body);
    response.writeHead(found === null ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? { status: 404, code: "not_found", title: "No such thing." }));
  }

  private call(method: string, url: URL, body: Record<string, unknown>): unknown {
    const path = url.pathname.replace("/v1/", "");
    if (path === "session") {
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      return { sub: "ann", role: "coordinator", org: "made-up", expires_at, simulated: true };
    }
    if (path === "map") {
      return { style_url: null, pmtiles: false, attribution: "", geocoder: true, aeds: true, ...this.map };
    }
    if (path === "form") return { kinds: ["cardiac_arrest"], areas: this.areas };
    if (path === "aeds") {
      const items = [1, 2, 3, 4, 5, 6].map((n) => ({ id: `aed-${n}`, ...at(n * 77), name: `AED ${n}` }));
      return { items, truncated: false };
    }
    if (path === "geocode") return { items: [{ label: `12 ${url.searchParams.get("q")} Street`, ...at(4) }] };
    if (path === "coverage") return coverage();
    if (path === "incidents" && method === "GET") {
      const all = this.listed(url.searchParams);
      const from = Number(url.searchParams.get("after") ?? 0);
      const limit = Number(url.searchParams.get("limit"));
      const next = from + limit < all.length ? String(from + limit) : null;
      const now = new Date().toISOString();
      const items = all
        .slice(from, from + limit)
        .map((one) => ({ ...one, summary: { ...one.summary, as_of: now } }));
      return { items, next, feed_cursor: `${this.epoch}-${this.events.length}` };
    }
    if (path === "incidents" && method === "POST") {
      this.raised.push(body);
      const made = { ...madeUpIncident(900 + this.raised.length), ...body, warnings: [] } as Incident;
      this.change(made, "raised");
      return made;
    }
    const records = recordsCall(method, path);
    if (records !== undefined) return records;
    const people = rosterCall(method, path, url.searchParams, body);
    if (people !== undefined) return people;
    const [, id = "", what] = path.split("/");
    const incident =
      this.incidents.get(decodeURIComponent(id)) ?? madeUpClosed().find((one) => one.id === id);
    if (!incident) return null;
    if (what === "log") return { items: madeUpLog(incident) satisfies LogItem[] };
    if (what === "people") return { items: incident.alerts.map(person) };
    if (what === "acknowledge") {
      const alarm = body.alarm as Incident["acknowledged"][number]["alarm"];
      const heard = { alarm, by: "ann", at: new Date().toISOString() };
      const next = {
        ...incident,
        version: incident.version + 1,
        acknowledged: [...incident.acknowledged, heard],
      };
      this.change(next, "acknowledged");
      return next;
    }
    return incident;
  }

  /** The incidents of a list. */
  private listed(query: URLSearchParams): Incident[] {
    const state = query.get("state");
    const [kind, outcome] = [query.get("kind"), query.get("outcome")];
    if (state === "closed")
      return madeUpClosed().filter(
        (one) => (!kind || one.kind === kind) && (!outcome || one.outcome === outcome),
      );
    const rings = (one: Incident) => one.alerts.some((alert) => alert.in_danger);
    return [...this.incidents.values()].filter((one) =>
      state === "unheard" ? one.state === "closed" && rings(one) : one.state !== "closed",
    );
  }

  private feed(url: URL, response: ServerResponse): void {
    if (this.down) {
      response.destroy();
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const [epoch, number] = (url.searchParams.get("after") ?? `${this.epoch}-0`).split("-");
    const from = epoch === this.epoch ? Number(number) || 0 : this.events.length;
    response.write(`retry: 2000\nid: ${this.epoch}-${from}\n\n`);
    if (epoch !== this.epoch) response.write("event: reset\ndata: {}\n\n");
    for (const event of this.events.slice(from)) response.write(event);
    this.viewers.add(response);
    response.on("close", () => this.viewers.delete(response));
    if (url.searchParams.has("bbox")) {
      response.write(
        `event: density\ndata: ${JSON.stringify({ resolution: 9, full: true, cells: cells() })}\n\n`,
      );
    }
  }

  private async file(path: string, response: ServerResponse): Promise<void> {
    const name = path === "/desk/" ? "index.html" : path.replace(/^\/desk\//, "");
    try {
      const text = await readFile(join(DIST, normalize(`/${name}`)));
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-security-policy": POLICY });
      response.end(text);
    } catch {
      response.writeHead(404).end();
    }
  }
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

const person = (alert: Alert) => ({
  responder_id: alert.responder_id,
  // names are as long as people's are
  name:
    Number(alert.id.at(-1)) % 3 === 1 ? "Maximiliane Hohenstein-Oldenburg" : `Person ${alert.responder_id}`,
  phone: ["accepted", "en_route", "on_scene"].includes(alert.state) ? "+1 757 555 0100" : null,
});

/** A made-up honeycomb, near enough to look at. */
function cells() {
  const all: { cell: string; count: number; ring: [number, number][] }[] = [];
  for (let row = -14; row < 14; row++) {
    for (let column = -16; column < 16; column++) {
      const count = Math.round(
        6 * Math.exp(-(row * row + column * column) / 90) + 2 * Math.sin(row * 3 + column * 7),
      );
      if (count <= 0) continue;
      const lon = CENTRE.lon + (column + (row % 2) / 2) * 0.0042;
      const lat = CENTRE.lat + row * 0.0029;
      const ring = Array.from({ length: 6 }, (_, n): [number, number] => {
        const angle = (Math.PI / 3) * n;
        return [lon + 0.0024 * Math.sin(angle), lat + 0.0019 * Math.cos(angle)];
      });
      all.push({ cell: `${row} ${column}`, count, ring });
    }
  }
  return all;
}

const coverage = () => ({
  resolution: 9,
  as_of: new Date().toISOString(),
  seconds: [180, 300, 480],
  partial: false,
  cells: cells().map(({ cell, count, ring }) => ({
    cell,
    counts: [Math.floor(count / 2), count, count * 3],
    ring,
  })),
});
