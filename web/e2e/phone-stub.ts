// A made-up server for one phone: the channel, the same over HTTP, and a line that can be cut.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { PbfReader, PbfWriter } from "pbf";
import { type WebSocket, WebSocketServer } from "ws";
import type { Alert, Why } from "../phone/src/api/types.ts";
import { WHYS } from "../phone/src/api/types.ts";
import { type Down, type Part, readUp, type Up, writeDown } from "../phone/src/generated/phone.js";

const DIST = fileURLToPath(new URL("../phone/dist", import.meta.url));
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};
/** As strict as the real server's. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
export const CODE = "7K3Q-9FMB-T2XC";
export const DEVICE = "d-1";
const VERBS = [
  "",
  "received",
  "seen",
  "accept",
  "decline",
  "depart",
  "arrive",
  "finish",
  "unsafe",
  "test",
  "with-patient",
  "safe",
];
/** What a word makes of an alert. */
const STATES: Record<string, string> = {
  received: "received",
  seen: "seen",
  accept: "accepted",
  decline: "declined",
  depart: "en_route",
  arrive: "on_scene",
  "with-patient": "on_scene",
  finish: "finished",
};
const ORDER = ["sent", "received", "seen", "lapsed", "accepted", "en_route", "on_scene", "finished"];

const json = (alert: Alert) => ({
  ...alert,
  sent_at: new Date(alert.sent_at_ms).toISOString(),
  answer_by: new Date(alert.answer_by_ms).toISOString(),
  expires_at: new Date(alert.expires_at_ms).toISOString(),
  with_patient_at: instant(alert.with_patient_at_ms),
  all_clear_at: instant(alert.all_clear_at_ms),
  position_at: instant(alert.position_at_ms),
});
const instant = (ms: number) => (ms ? new Date(ms).toISOString() : undefined);

export class PhoneStub {
  /** Everything that was said: `verb alert`, in order, by channel and by HTTP. */
  readonly said: string[] = [];
  /** The reasons of those who finished, in order. */
  readonly reasons: string[] = [];
  /** What came in over HTTP: method and path; never a body. */
  readonly asked: string[] = [];
  readonly bodies: Record<string, unknown>[] = [];
  readonly alerts = new Map<string, Alert>();
  /** Positions that arrived, newest last. */
  readonly fixes: { lat: number; lon: number }[] = [];
  me: Record<string, unknown> = {
    id: "anna",
    org: "Harbour town",
    name: "Anna Berg",
    skills: ["bls", "nurse"],
    travel: "foot",
    exercises: true,
    state: "verified",
    on_duty: true,
    duty_until: null,
    device_id: DEVICE,
    quiet: null,
    places: null,
    control_room_phone: "+1 757 555 0100",
    devices: [{ device_id: DEVICE, platform: "web", push: "ok", last_received_at: null, last_test: null }],
  };
  signedIn = true;
  /** Nothing is answered and every line is cut: a tunnel, seen from inside. */
  down = false;
  /** Only the socket is refused: a network that lets HTTP through. */
  noSocket = false;
  /** The next yes is refused with this word. */
  refuse: string | null = null;
  /** The base map, if this server has one. */
  tiles: Buffer | null = null;
  /** Connections of the channel that were greeted. */
  greeted = 0;
  private readonly open = new Set<WebSocket>();
  private readonly server: Server;
  private readonly sockets: WebSocketServer;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "muster.phone.v1" });
    this.server.on("upgrade", (request, socket, head) => {
      if (this.down || this.noSocket || request.url !== "/v1/phone") {
        socket.destroy();
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (line) => this.follow(line));
    });
  }

  static async start(): Promise<PhoneStub> {
    const stub = new PhoneStub();
    await new Promise<void>((ready) => stub.server.listen(0, "127.0.0.1", ready));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Ends every line without a word. */
  cut(): void {
    for (const line of this.open) line.terminate();
    this.open.clear();
  }

  get connected(): number {
    return this.open.size;
  }

  /** Something about an alert is as it is now; every connection is told. */
  news(why: Why, alert: Alert): void {
    this.alerts.set(alert.id, alert);
    this.tell({ news: { why: WHYS.indexOf(why), alert } });
  }

  /** Closes every connection with this code. */
  close(code: number): void {
    for (const line of this.open) line.close(code);
    this.open.clear();
  }

  tell(down: Part<Down>): void {
    for (const line of this.open) send(line, down);
  }

  /** The words about an alert, receipts left out. */
  answers(): string[] {
    return this.said.filter((one) => !/^(received|seen) /.test(one));
  }

  private follow(line: WebSocket): void {
    line.on("message", (data: Buffer) => this.take(line, readUp(new PbfReader(new Uint8Array(data)))));
    line.on("close", () => this.open.delete(line));
  }

  private take(line: WebSocket, up: Up): void {
    if (up.hello) {
      for (const older of this.open) older.close(4002);
      this.open.clear();
      this.open.add(line);
      const shown = up.hello.shown.map(({ alert_id }) => alert_id);
      const news = [...this.alerts.values()]
        .filter(({ id, state }) => shown.includes(id) || !OVER.includes(state))
        .map((alert) => ({ why: whyNow(alert), alert }));
      this.greeted++;
      send(line, { welcome: { now_ms: Date.now(), responder_id: "anna", ping_every_s: 30, news } });
    } else if (up.ping) send(line, { answers: up.seq, pong: { now_ms: Date.now() } });
    else if (up.fixes) {
      this.fixes.push(...up.fixes.fixes);
      send(line, { answers: up.seq, done: { accepted: up.fixes.fixes.length } });
    } else if (up.say) {
      const verb = VERBS[up.say.what] ?? "";
      const done = this.say(verb, up.say.alert_id, up.say);
      const answer =
        typeof done === "string" ? { refused: { code: done } } : { done: done ? { alert: done } : {} };
      send(line, { answers: up.seq, ...answer });
    }
  }

  /** The alert after it, or the word of a refusal. */
  private say(
    verb: string,
    id: string,
    more: { reason?: string; override?: string },
  ): Alert | string | undefined {
    this.said.push(`${verb} ${id}`);
    if (verb === "finish") this.reasons.push(more.reason ?? "");
    if (verb === "test") return undefined;
    const alert = this.alerts.get(id);
    if (!alert) return "not_found";
    if (verb === "accept" && this.refuse) {
      const word = this.refuse;
      this.refuse = null;
      return word;
    }
    // as the server: who is asked although the scene is unsafe says yes twice
    if (verb === "accept" && alert.override && more.override !== "scene_unsafe") return "scene_unsafe";
    const engaged = ["accepted", "en_route", "on_scene"].includes(alert.state);
    const wanted = verb === "decline" && engaged ? "withdrawn" : (STATES[verb] ?? alert.state);
    const back = ORDER.indexOf(wanted) >= 0 && ORDER.indexOf(wanted) < ORDER.indexOf(alert.state);
    const state = back || OVER.includes(alert.state) ? alert.state : wanted;
    const danger = alert.danger || verb === "unsafe";
    const in_danger = verb === "unsafe" || (verb !== "safe" && alert.in_danger);
    // a report ends the override
    const override = alert.override && verb !== "unsafe";
    const since = alert.with_patient_at_ms || (verb === "with-patient" ? Date.now() : 0);
    const isNew =
      state !== alert.state ||
      verb === "unsafe" ||
      in_danger !== alert.in_danger ||
      since !== alert.with_patient_at_ms;
    const next = {
      ...alert,
      state,
      danger,
      in_danger,
      override,
      with_patient_at_ms: since,
      version: isNew ? alert.version + 1 : alert.version,
    };
    this.alerts.set(id, next);
    return next;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.down) {
      request.socket.destroy();
      return;
    }
    const { pathname } = new URL(request.url ?? "/", "http://stub");
    if (!pathname.startsWith("/v1/")) return this.file(pathname, response);
    this.asked.push(`${request.method} ${pathname}`);
    if (pathname === "/v1/map/base.pmtiles" && this.tiles) return part(this.tiles, request, response);
    const body = request.method === "GET" ? {} : await read(request);
    if (request.method !== "GET") this.bodies.push({ path: pathname, ...body });
    const [status, found] = this.call(`${request.method} ${pathname.replace("/v1/", "")}`, body);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(status === 204 ? undefined : JSON.stringify(found));
  }

  private call(ask: string, body: Record<string, unknown>): [number, unknown] {
    if (ask === "POST enrolment") {
      if (body.code !== CODE) return problem(404, "code_unknown");
      this.signedIn = true;
      return [
        200,
        { responder_id: "anna", org: "town", device_id: DEVICE, expires_at: "2027-05-01T00:00:00.000Z" },
      ];
    }
    if (!this.signedIn) return problem(401, "unauthenticated");
    if (ask === "GET me") return [200, this.me];
    if (ask === "GET me/alerts") {
      return [
        200,
        { items: [...this.alerts.values()].filter(({ state }) => !OVER.includes(state)).map(json) },
      ];
    }
    if (ask === "PUT me/duty") {
      const until = body.until_local ? "2026-11-24T06:00:00.000Z" : null;
      this.me = { ...this.me, on_duty: body.on, duty_until: until };
      return [200, { on: body.on, until }];
    }
    if (ask === "PUT me/places") {
      const places = (body.places as unknown[]).length > 0 ? body : null;
      this.me = { ...this.me, places };
      return [200, body];
    }
    if (ask === "PUT me/quiet") {
      this.me = { ...this.me, quiet: body };
      return [204, null];
    }
    if (ask === "POST me/fixes") {
      const fixes = body.fixes as { lat: number; lon: number }[];
      this.fixes.push(...fixes);
      return [202, { accepted: fixes.length, rejected: [] }];
    }
    if (ask === "POST me/test-alert") {
      const test = { id: "t-1", sent_at: new Date().toISOString(), expires_at: new Date().toISOString() };
      this.tell({ test: { id: test.id, sent_at_ms: Date.now(), expires_at_ms: Date.now() + 60_000 } });
      return [202, { ...test, devices: [DEVICE] }];
    }
    if (ask === "GET map") {
      return [200, { style_url: null, pmtiles: this.tiles !== null, attribution: "Town survey" }];
    }
    if (ask === "GET push/webpush") return [200, { public_key: "BNo_" }];
    const [, id = "", verb = ""] = /^POST me\/alerts\/([^/]+)\/([\w-]+)$/.exec(ask) ?? [];
    if (verb === "report") return [204, null];
    if (verb) {
      const done = this.say(verb, decodeURIComponent(id), body);
      return typeof done === "string"
        ? problem(done === "not_found" ? 404 : 409, done)
        : [200, json(done as Alert)];
    }
    if (ask.startsWith("DELETE") || /readiness$|received$|^PUT me\/devices/.test(ask)) return [204, null];
    return problem(404, "not_found");
  }

  private async file(path: string, response: ServerResponse): Promise<void> {
    const last = path.split("/").at(-1) ?? "";
    const name = last.includes(".") ? path.replace(/^\/phone\//, "") : "index.html";
    try {
      const path = join(DIST, normalize(`/${name}`));
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      const head = { "content-type": type, "content-security-policy": POLICY };
      const packed = await readFile(`${path}.gz`).catch(() => null);
      const data = packed ?? (await readFile(path));
      response.writeHead(200, packed ? { ...head, "content-encoding": "gzip" } : head);
      response.end(data);
    } catch {
      response.writeHead(404).end();
    }
  }
}

const OVER = ["finished", "declined", "withdrawn", "stood_down", "expired"];
const problem = (status: number, code: string): [number, unknown] => [status, { status, code, title: code }];

/** Why an alert is said again when a connection begins. */
function whyNow({ state, danger }: Alert): number {
  const why: Why =
    state === "stood_down"
      ? "stand_down"
      : danger
        ? "danger"
        : ["sent", "queued"].includes(state)
          ? "alert"
          : "state";
  return WHYS.indexOf(why);
}

function send(line: WebSocket, down: Part<Down>): void {
  const pbf = new PbfWriter();
  writeDown(down, pbf);
  line.send(pbf.finish());
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

/** The range that was asked for. */
function part(tiles: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const end = Math.min(tiles.length, (Number(to) || tiles.length) + 1);
  response.writeHead(206, { "content-range": `bytes ${from}-${end - 1}/${tiles.length}`, etag: '"1"' });
  response.end(tiles.subarray(Number(from), end));
}
