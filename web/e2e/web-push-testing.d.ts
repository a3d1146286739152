// The parts of the npm package `web-push-testing` 1.2.2 that are used; it comes without types.
declare module "web-push-testing/src/PushApiModel.js" {
  export class PushApiModel {
    /** Where endpoints begin. */
    notifyUrl: string;
  }
}

declare module "web-push-testing/src/server.js" {
  import type { RequestListener } from "node:http";
  import type { PushApiModel } from "web-push-testing/src/PushApiModel.js";

  export default class WebPushTestingServer {
    constructor(model: PushApiModel, port: number);
    readonly _app: RequestListener;
    setRequestHandlers(): void;
  }
}
