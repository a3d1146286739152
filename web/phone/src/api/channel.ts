// The phone channel: one socket that comes back by itself, and knows when it is dead.
import { ApiError } from "../../../shared/call.ts";
import type { Attention, Done, Down, Part, Test, Up, Welcome } from "../generated/phone.js";
import { decode, encode, newsOf } from "./frames.ts";
import { after } from "./pause.ts";
import type { News } from "./types.ts";

export const PROTOCOL = "muster.phone.v1";
/** The server greets within so long, or the try failed, milliseconds. */
const WELCOME_MS = 10_000;
/** An answer comes within so long, or the line is dead, milliseconds. */
const ANSWER_MS = 8_000;
/** Frames that wait for an answer at once; the server's own bound. */
const WAITING_MAX = 32;

/** The status over HTTP of refusals that another try may not meet. */
const NOT_NOW: Record<string, number> = {
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
  busy: 503,
  deadline: 503,
  outcome_unknown: 503,
};

/** What the channel needs of the world. */
export interface Means {
  socket(): WebSocket;
  hello(): Part<NonNullable<Up["hello"]>>;
  random(): number;
}

export interface Listener {
  welcome(news: News[], welcome: Welcome): void;
  news(news: News): void;
  test(test: Test): void;
  attention(attention: Attention): void;
  /** `live`: greeted. `lost`: tries again by itself. `elsewhere`: another page has it. */
  line(state: "live" | "lost" | "elsewhere"): void;
  signedOut(): void;
}

interface Waiting {
  done(done: Done): void;
  failed(error: ApiError): void;
  timer: ReturnType<typeof setTimeout>;
}

const gone = () => new ApiError({ status: 0, code: "no_answer", title: "" });

export class Channel {
  private socket: WebSocket | null = null;
  private state: "closed" | "opening" | "live" | "elsewhere" | "stopped" = "closed";
  private failures = 0;
  private seq = 0;
  private pingEveryMs = 30_000;
  private heardMono = performance.now();
  private again: ReturnType<typeof setTimeout> | undefined;
  private nextPing: ReturnType<typeof setTimeout> | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listener: Listener;
  private readonly means: Means;

  constructor(listener: Listener, means: Means) {
    this.listener = listener;
    this.means = means;
    this.open();
  }

  /** When the server was heard last, by the monotonic clock. */
  get heardAt(): number {
    return this.heardMono;
  }

  get live(): boolean {
    return this.state === "live";
  }

  /** The network or the person is back: asks a line whether it lives, and opens one that is not there. */
  hurry(): void {
    if (this.state === "live") this.ping();
    else if (this.state === "closed") this.open();
  }

  /** Takes the channel from another page of this phone. */
  takeOver(): void {
    if (this.state === "elsewhere") this.state = "closed";
    this.hurry();
  }

  stop(): void {
    this.state = "stopped";
    this.end();
  }

  /** Sends a frame and waits for its answer. Throws `ApiError`, status 0 when nobody answered. */
  ask(up: Part<Up>): Promise<Done> {
    if (!this.live || this.waiting.size >= WAITING_MAX) return Promise.reject(gone());
    this.seq = (this.seq % 0x7fffffff) + 1;
    const seq = this.seq;
    return new Promise((done, failed) => {
      // an answer that does not come is a line that is not there
      const timer = setTimeout(() => this.lost(1006), ANSWER_MS);
      this.waiting.set(seq, { done, failed, timer });
      this.send({ ...up, seq });
    });
  }

  private open(): void {
    clearTimeout(this.again);
    this.state = "opening";
    let socket: WebSocket;
    try {
      socket = this.means.socket();
    } catch {
      this.lost(1006);
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.expect(WELCOME_MS);
    // a socket that was given up says nothing any more
    const mine = (act: () => void) => () => this.socket === socket && act();
    socket.onopen = mine(() => this.send({ hello: this.means.hello() }));
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => mine(() => this.heard(event.data))();
    socket.onclose = (event: CloseEvent) => mine(() => this.lost(event.code))();
  }

  private heard(data: ArrayBuffer): void {
    let down: Down;
    try {
      down = decode(data);
    } catch {
      this.lost(1006);
      return;
    }
    this.heardMono = performance.now();
    if (this.waiting.size === 0) clearTimeout(this.deadline);
    if (down.answers) this.answer(down);
    else if (down.welcome) this.welcomed(down.welcome);
    else if (down.test) this.listener.test(down.test);
    else if (down.attention) this.listener.attention(down.attention);
    const news = down.news && newsOf(down.news);
    if (news) this.listener.news(news);
  }

  private welcomed(welcome: Welcome): void {
    clearTimeout(this.deadline);
    this.state = "live";
    this.failures = 0;
    this.pingEveryMs = Math.max(5, welcome.ping_every_s || 30) * 1000;
    this.plan();
    this.listener.line("live");
    this.listener.welcome(
      welcome.news.map(newsOf).filter((one) => one !== null),
      welcome,
    );
  }

  private answer({ answers, done, refused }: Down): void {
    const waiting = this.waiting.get(answers);
    this.waiting.delete(answers);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    if (!refused) {
      waiting.done(done ?? { accepted: 0, rejected: [] });
      return;
    }
    const { code, detail } = refused;
    // words that mean "not now" are said again, all others are an answer
    const status = NOT_NOW[code] ?? 409;
    waiting.failed(new ApiError({ status, code, title: "", ...(detail && { detail }) }));
  }

  private send(up: Part<Up>): void {
    this.socket?.send(encode(up));
    if (this.live) this.plan();
  }

  private ping(): void {
    this.ask({ ping: {} }).catch(() => undefined);
  }

  private plan(): void {
    clearTimeout(this.nextPing);
    this.nextPing = setTimeout(() => this.ping(), this.pingEveryMs);
  }

  private expect(ms: number): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lost(1006), ms);
  }

  /** The connection is over, by its own word or by ours. */
  private lost(code: number): void {
    if (this.state === "stopped") return;
    this.end();
    const next = after(code, this.failures++, this.means.random());
    if (next.type === "sign_in") {
      this.state = "stopped";
      this.listener.signedOut();
      return;
    }
    this.state = next.type === "elsewhere" ? "elsewhere" : "closed";
    if (next.type === "again") this.again = setTimeout(() => this.open(), next.inMs);
    this.listener.line(next.type === "elsewhere" ? "elsewhere" : "lost");
  }

  private end(): void {
    for (const timer of [this.again, this.nextPing, this.deadline]) clearTimeout(timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    for (const { failed, timer } of this.waiting.values()) {
      clearTimeout(timer);
      failed(gone());
    }
    this.waiting.clear();
  }
}
