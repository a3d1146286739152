// A push service that others wrote: it checks and opens what it is sent, as a browser vendor's does.
import { createServer, type RequestListener, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

const HERE = "127.0.0.1";

/** What a browser hands out when it subscribes. */
export interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
  clientHash: string;
}

interface Model {
  notifyUrl: string;
}
/** What we use of it; `startServer` would listen on every address of the machine. */
interface Testing {
  _app: RequestListener;
  setRequestHandlers(): void;
}

const load = createRequire(import.meta.url);
const { PushApiModel } = load("web-push-testing/src/PushApiModel.js") as { PushApiModel: new () => Model };
const Testing = load("web-push-testing/src/server.js") as new (model: Model, port: number) => Testing;

export class PushService {
  private constructor(private readonly server: Server) {}

  static async start(): Promise<PushService> {
    const model = new PushApiModel();
    const testing = new Testing(model, 0);
    testing.setRequestHandlers();
    const server = createServer(testing._app);
    await new Promise<void>((done) => server.listen(0, HERE, done));
    const service = new PushService(server);
    model.notifyUrl = `${service.url}/notify/`;
    return service;
  }

  get url(): string {
    return `http://${HERE}:${(this.server.address() as AddressInfo).port}`;
  }

  async subscribe(applicationServerKey: string): Promise<Subscription> {
    // it wants the truth value as a word
    return await this.ask("/subscribe", { userVisibleOnly: "true", applicationServerKey });
  }

  /** Everything that this subscription was sent, opened, oldest first. */
  async opened({ clientHash }: Subscription): Promise<Record<string, string>[]> {
    const { messages } = await this.ask<{ messages: string[] }>("/get-notifications", { clientHash });
    return messages.map((text) => JSON.parse(text) as Record<string, string>);
  }

  async expire({ clientHash }: Subscription): Promise<void> {
    const response = await this.post(`/expire-subscription/${clientHash}`, {});
    if (!response.ok) throw new Error(`expiring: ${response.status}`);
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await ended;
  }

  private async ask<T>(path: string, body: unknown): Promise<T> {
    const response = await this.post(path, body);
    const { data, error } = (await response.json()) as { data: T; error?: { message: string } };
    if (!response.ok) throw new Error(`${path}: ${response.status} ${error?.message}`);
    return data;
  }

  private post(path: string, body: unknown): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(`${this.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }
}
