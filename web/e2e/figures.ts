// Times between this process and a page of the same machine: a bare line to the page, over which it says what it
// shows. It is also the floor of what is measured, and tells how far the two clocks are apart.
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { type WebSocket as Socket, WebSocketServer } from "ws";

/** This process's clock: milliseconds since 1970, and parts of them. */
export const now = () => performance.timeOrigin + performance.now();

/** What the page says, each time by its own clock: a word came, its picture or that of an alert is there. */
type Said = { came: string; at: number } | { drawn: string; at: number } | { alert: string; at: number };

/** An alert that filled the screen, and when its picture was there. */
export interface Shown {
  alert: string;
  at: number;
}

export class Line {
  /** Every alert that was shown, in that order, by the page's clock. */
  readonly shown: Shown[] = [];
  /** From a word that is sent to its picture. */
  readonly words = new Times();
  private readonly sent = new Map<string, number>();
  /** How far the page's clock is ahead at least, and at most. */
  private ahead: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  private socket: Socket | undefined;

  private constructor(private readonly server: WebSocketServer) {}

  static async start(): Promise<Line> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await new Promise((ready) => server.once("listening", ready));
    return new Line(server);
  }

  /** Leads it to a page whose context lets lines to other servers through. */
  async to(page: Page): Promise<void> {
    const connected = new Promise<Socket>((done) => this.server.once("connection", done));
    const { port } = this.server.address() as AddressInfo;
    await page.evaluate(inPage, port);
    this.socket = await connected;
    this.socket.on("message", (data: Buffer) => this.take(JSON.parse(data.toString())));
  }

  /** Sends one word, which the page writes down. */
  say(word: string): void {
    this.sent.set(word, now());
    this.socket?.send(word);
  }

  private take(said: Said): void {
    if ("alert" in said) this.shown.push(said);
    else if ("drawn" in said) this.words.add(said.at - (this.sent.get(said.drawn) ?? Number.NaN));
    else {
      // it came after it was sent, and before its answer
      const [least, most] = this.ahead;
      const sent = this.sent.get(said.came) ?? Number.NaN;
      this.ahead = [Math.max(least, said.at - now()), Math.min(most, said.at - sent)];
    }
  }

  /** How far the page's clock is ahead of this process's, and how well that is known, milliseconds. */
  clocks(): { ahead: number; within: number } {
    const [least, most] = this.ahead;
    return { ahead: (least + most) / 2, within: (most - least) / 2 };
  }

  async stop(): Promise<void> {
    for (const one of this.server.clients) one.terminate();
    await new Promise((done) => this.server.close(done));
  }
}

/** Runs in the page. It also reads by itself what has to be read, so that the next alert finds it at rest. */
function inPage(port: number): void {
  const line = new WebSocket(`ws://127.0.0.1:${port}`);
  const clock = () => performance.timeOrigin + performance.now();
  const say = (said: Said) => line.send(JSON.stringify(said));
  const painted = () =>
    new Promise<number>((done) => {
      // a frame calls this before it is drawn; what is posted there is taken up right after
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(clock());
        port2.postMessage(0);
      });
    });
  let last: string | null = null;
  const look = () => {
    const alert = document.querySelector("main.alert")?.getAttribute("data-alert") ?? null;
    if (alert && alert !== last) void painted().then((at) => say({ alert, at }));
    last = alert;
    document.querySelector<HTMLButtonElement>("main.stop button.onstop")?.click();
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  const note = document.createElement("p");
  note.style.cssText = "position:fixed;inset:0 auto auto 0;margin:0;pointer-events:none";
  document.body.append(note);
  line.onmessage = async ({ data }: MessageEvent<string>) => {
    say({ came: data, at: clock() });
    note.textContent = data;
    say({ drawn: data, at: await painted() });
  };
}

/** Milliseconds. */
export class Times {
  private readonly all: number[] = [];

  add(ms: number): void {
    this.all.push(ms);
  }

  get count(): number {
    return this.all.length;
  }

  /** A line of a table; `off` is taken off each. */
  line(what: string, off = 0): string {
    const sorted = this.all.toSorted((a, b) => a - b);
    const of = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
    const cells = [0.5, 0.9, 0.99, 1].map((share) => `${(of(share) - off).toFixed(1)} ms`);
    return `| ${[what, sorted.length, ...cells].join(" | ")} |`;
  }
}
