// The channel against a made-up socket: greeting, answers, dead lines, who has the line.
import { PbfReader, PbfWriter } from "pbf";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { alert } from "../alerts/samples.ts";
import { type Down, NewsWhy, type Part, readUp, type Up, writeDown } from "../generated/phone.js";
import { Channel, type Listener } from "./channel.ts";

class Socket {
  binaryType = "";
  readonly sent: Up[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(bytes: Uint8Array): void {
    this.sent.push(readUp(new PbfReader(bytes)));
  }
  close(): void {
    this.closed = true;
  }
  say(down: Part<Down>): void {
    const pbf = new PbfWriter();
    writeDown(down, pbf);
    this.onmessage?.({ data: new Uint8Array(pbf.finish()).buffer });
  }
  greet(): void {
    this.onopen?.();
    this.say({ welcome: { now_ms: 1, responder_id: "r", ping_every_s: 30 } });
  }
}

let sockets: Socket[];
let heard: string[];
let channel: Channel;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  heard = [];
  const listener: Listener = {
    welcome: (news) => heard.push(`welcome ${news.length}`),
    news: ({ why, alert }) => heard.push(`${why} ${alert.id}`),
    test: ({ id }) => heard.push(`test ${id}`),
    attention: ({ device_id, why }) => heard.push(`${why} ${device_id}`),
    line: (state) => heard.push(state),
    signedOut: () => heard.push("signed out"),
  };
  channel = new Channel(listener, {
    socket: () => {
      const socket = new Socket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    hello: () => ({ device_id: "d1", shown: [{ alert_id: "a1", version: 3 }] }),
    random: () => 1,
  });
});
afterEach(() => {
  channel.stop();
  vi.useRealTimers();
});

const socket = () => sockets.at(-1) as Socket;

test("speaks first, and is there when it was greeted", () => {
  socket().onopen?.();
  expect(socket().sent[0]?.hello).toEqual({ device_id: "d1", shown: [{ alert_id: "a1", version: 3 }] });
  expect(channel.live).toBe(false);
  socket().say({ welcome: { ping_every_s: 30, news: [{ why: NewsWhy.ALERT, alert: alert() }] } });
  socket().say({ news: { why: NewsWhy.STAND_DOWN, alert: alert() } });
  socket().say({ test: { id: "t1" } });
  expect(heard).toEqual(["live", "welcome 1", "stand_down a1", "test t1"]);
});

test("a line that is found dead is as old as what was heard last, and not as its end", () => {
  socket().greet();
  vi.advanceTimersByTime(4_000);
  socket().say({ test: { id: "t1" } });
  const last = performance.now();
  channel.ask({ ping: {} }).catch(() => undefined);
  vi.advanceTimersByTime(9_000);
  expect(heard.at(-1)).toBe("lost");
  expect(channel.heardAt).toBe(last);
});

test("word of a failing phone is heard, and a frame of a newer server is no harm", () => {
  socket().greet();
  socket().say({ attention: { id: "w1", device_id: "d2", why: "push_dead", told_at_ms: 1 } });
  const pbf = new PbfWriter();
  pbf.writeMessage(99, (_: null, inner: PbfWriter) => inner.writeStringField(1, "new"), null);
  socket().onmessage?.({ data: new Uint8Array(pbf.finish()).buffer });
  expect(heard).toEqual(["live", "welcome 0", "push_dead d2"]);
  expect(channel.live).toBe(true);
});

test("an answer finds its question, a refusal is an error with its word", async () => {
  socket().greet();
  const [first, second] = [channel.ask({ ping: {} }), channel.ask({ ping: {} })];
  const [one, two] = socket()
    .sent.slice(-2)
    .map(({ seq }) => seq);
  socket().say({ answers: two ?? 0, refused: { code: "already_covered" } });
  socket().say({ answers: one ?? 0, done: { accepted: 2 } });
  await expect(second).rejects.toMatchObject({ problem: { status: 409, code: "already_covered" } });
  expect((await first).accepted).toBe(2);
});

test("a line that is silent to a ping is dead, and a new one comes", async () => {
  socket().greet();
  vi.advanceTimersByTime(30_000);
  expect(socket().sent.at(-1)?.what).toBe("ping");
  const waiting = channel.ask({ ping: {} });
  vi.advanceTimersByTime(8_000);
  await expect(waiting).rejects.toMatchObject({ problem: { status: 0 } });
  expect(heard.at(-1)).toBe("lost");
  expect(socket().closed).toBe(true);
  vi.advanceTimersByTime(500);
  expect(sockets.length).toBe(2);
  // what the dead one still says is nobody's
  sockets[0]?.say({ news: { why: NewsWhy.ALERT, alert: alert() } });
  expect(heard.at(-1)).toBe("lost");
});

test("a server that never greets is tried again, later each time", () => {
  const waits: number[] = [];
  for (let n = 0; n < 6; n++) {
    vi.advanceTimersByTime(10_000);
    const before = sockets.length;
    let waited = 0;
    while (sockets.length === before && waited < 20_000) {
      vi.advanceTimersByTime(100);
      waited += 100;
    }
    waits.push(waited);
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000]);
});

test("coming back into view or into a network tries at once", () => {
  socket().onclose?.({ code: 1006 });
  channel.hurry();
  expect(sockets.length).toBe(2);
  socket().greet();
  channel.hurry();
  expect(sockets.length).toBe(2);
  expect(socket().sent.at(-1)?.what).toBe("ping");
});

test("another page of the phone has the line until this one is looked at", () => {
  socket().greet();
  socket().onclose?.({ code: 4002 });
  vi.advanceTimersByTime(600_000);
  channel.hurry();
  expect([sockets.length, heard.at(-1)]).toEqual([1, "elsewhere"]);
  channel.takeOver();
  expect(sockets.length).toBe(2);
});

test("an ended session ends it for good", () => {
  socket().greet();
  socket().onclose?.({ code: 4001 });
  vi.advanceTimersByTime(600_000);
  expect([sockets.length, heard.at(-1)]).toEqual([1, "signed out"]);
});

test("questions in flight are bounded", async () => {
  socket().greet();
  const before = socket().sent.length;
  const all = Array.from({ length: 40 }, () =>
    channel.ask({ ping: {} }).catch((error) => error.problem.status),
  );
  expect(socket().sent.length - before).toBe(32);
  socket().onclose?.({ code: 1006 });
  expect(new Set(await Promise.all(all))).toEqual(new Set([0]));
});
