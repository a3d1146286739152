// A push service that others wrote, npm's `web-push-testing`: it checks and opens what it is sent as its own
// code does. Only where it listens is ours, the loopback instead of every address; and what comes in is noted.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PushApiModel } from "web-push-testing/src/PushApiModel.js";
import WebPushTestingServer from "web-push-testing/src/server.js";

/** No push is longer, bytes; what is longer is cut off. */
const BODY_MAX = 4_096;

/** What the service gives to a page that subscribes. */
export interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
  clientHash: string;
}

/** A push as it came in, and what the service answered. */
export interface Posted {
  to: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  status: number;
}

export class PushService {
  /** Everything that was posted to an endpoint, in the order of the answers. */
  readonly posted: Posted[] = [];
  /** The status with which every push is refused; null: as the service itself answers. */
  refuses: number | null = null;

  private constructor(
    private readonly server: Server,
    private readonly url: string,
  ) {}

  /** Starts the service on a free port. One at a time: the package has one model for all servers. */
  static async start(): Promise<PushService> {
    const model = new PushApiModel();
    const theirs = new WebPushTestingServer(model, 0);
    theirs.setRequestHandlers();
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    model.notifyUrl = `${url}/notify/`;
    const service = new PushService(server, url);
    server.on("request", (request, response) => {
      const { headers, url: path = "" } = request;
      if (service.refuses && path.startsWith("/notify/")) {
        response.writeHead(service.refuses).end();
        return;
      }
      const noted = { to: `${url}${path}`, headers: { ...headers } };
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("finish", () => {
        const body = Buffer.concat(chunks).subarray(0, BODY_MAX);
        if (path.startsWith("/notify/")) service.posted.push({ ...noted, body, status: response.statusCode });
      });
      theirs._app(request, response);
    });
    return service;
  }

  /** Subscribes as a page does with this `applicationServerKey`. */
  async subscribe(applicationServerKey: string): Promise<Subscription> {
    // this service takes the word, not the truth value
    return this.ask<Subscription>("subscribe", { userVisibleOnly: "true", applicationServerKey });
  }

  /** What the service has opened for this subscription, oldest first. */
  async opened({ clientHash }: Subscription): Promise<string[]> {
    return (await this.ask<{ messages: string[] }>("get-notifications", { clientHash })).messages;
  }

  async expire({ clientHash }: Subscription): Promise<void> {
    await this.ask(`expire-subscription/${clientHash}`, {});
  }

  /** What came for this subscription. */
  to({ endpoint }: Subscription): Posted[] {
    return this.posted.filter(({ to }) => to === endpoint);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async ask<T>(path: string, body: object): Promise<T> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${this.url}/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return (text.startsWith("{") ? (JSON.parse(text) as { data: T }).data : undefined) as T;
  }
}
