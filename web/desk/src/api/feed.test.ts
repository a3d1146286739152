// The cutting of a stream into events, and the feed's address.
import { expect, test } from "vitest";
import { feedUrl } from "./feed.ts";
import { EventCutter } from "./sse.ts";

const STREAM =
  'retry: 2000\nid: e-1\n\n: still here\n\nevent: incident\ndata: {"a":1}\n\nevent: alert\nid: e-2\ndata: {"b":\ndata: 2}\n\n';
const EVENTS = [
  { event: "message", data: "", id: "e-1" },
  { event: "incident", data: '{"a":1}', id: null },
  { event: "alert", data: '{"b":\n2}', id: "e-2" },
];

test("events are the same wherever the stream is cut", () => {
  for (let at = 0; at <= STREAM.length; at++) {
    const cutter = new EventCutter();
    expect([...cutter.push(STREAM.slice(0, at)), ...cutter.push(STREAM.slice(at))]).toEqual(EVENTS);
  }
});

test("an event without its end is kept back", () => {
  const cutter = new EventCutter();
  expect(cutter.push("event: incident\ndata: {}\n")).toEqual([]);
  expect(cutter.push("\n")).toEqual([{ event: "incident", data: "{}", id: null }]);
});

test("the address carries the cursor and the view, and never a token", () => {
  expect(feedUrl("e-7", null)).toBe("/v1/feed?after=e-7");
  const view = { box: [-76.1, 36.8, -76, 36.9] as [number, number, number, number], zoom: 12.34 };
  expect(feedUrl(null, view)).toBe("/v1/feed?bbox=-76.10000%2C36.80000%2C-76.00000%2C36.90000&zoom=12.3");
});
