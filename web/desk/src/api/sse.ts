// Reads server-sent events from chunks of text.

/** One event; `event` is `message` when the server named none. */
export interface SentEvent {
  event: string;
  data: string;
  /** The cursor after it; null when it has none. */
  id: string | null;
}

/** Cuts a stream of text into events. Chunks may end anywhere. */
export class EventCutter {
  private rest = "";

  /** The events that `chunk` completes, in order. */
  push(chunk: string): SentEvent[] {
    const blocks = (this.rest + chunk).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(parse).filter((event) => event !== null);
  }
}

function parse(block: string): SentEvent | null {
  let [event, id]: [string, string | null] = ["message", null];
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id") id = value;
  }
  // a comment alone keeps the connection alive and says nothing
  return data.length > 0 || id !== null ? { event, data: data.join("\n"), id } : null;
}
