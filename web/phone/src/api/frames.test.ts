// Frames as bytes: what others write is read, what is unknown does no harm.
import { PbfReader, PbfWriter } from "pbf";
import { expect, test } from "vitest";
import { alert, PLACE } from "../alerts/samples.ts";
import { NewsWhy, readUp, SayWhat, writeDown } from "../generated/phone.js";
import { decode, encode, newsOf, sayFrame } from "./frames.ts";

const bytes = (write: (pbf: PbfWriter) => void): ArrayBuffer => {
  const pbf = new PbfWriter();
  write(pbf);
  return new Uint8Array(pbf.finish()).buffer;
};

test("a frame of the protocol's own example of bytes", () => {
  // seq 7, say { alert_id "a1", what ACCEPT, version 3 }: field 4 length-delimited, 1, 2 and 8 inside
  const frame = encode({ seq: 7, ...sayFrame({ alert_id: "a1", verb: "accept", at_ms: 0, version: 3 }) });
  expect([...frame]).toEqual([0x08, 7, 0x22, 8, 0x0a, 2, 0x61, 0x31, 0x10, 3, 0x40, 3]);
});

test("what a person says arrives whole", () => {
  const fix = { lat: 36.85, lon: -75.97, accuracy_m: 12.5, at_ms: 1_790_000_000_123 };
  const frame = encode(
    sayFrame({ alert_id: "a1", verb: "unsafe", at_ms: 1_790_000_000_456, version: 9, fix, reason: "dog" }),
  );
  const { say } = readUp(new PbfReader(frame));
  expect(say).toMatchObject({
    what: SayWhat.UNSAFE,
    at_ms: 1_790_000_000_456,
    version: 9,
    fix,
    reason: "dog",
  });
});

test("with the patient is said, and heard back, with its time", () => {
  const frame = encode(sayFrame({ alert_id: "a1", verb: "with-patient", at_ms: 1, version: 2 }));
  expect(readUp(new PbfReader(frame)).say?.what).toBe(10);
  const sent = alert({ state: "on_scene", with_patient_at_ms: 1_790_000_000_123 });
  const down = decode(bytes((pbf) => writeDown({ done: { alert: sent } }, pbf)));
  expect(down.done?.alert?.with_patient_at_ms).toBe(1_790_000_000_123);
  const { with_patient_at_ms: _, ...without } = sent;
  const bare = decode(bytes((pbf) => writeDown({ done: { alert: without } }, pbf)));
  expect(bare.done?.alert?.with_patient_at_ms).toBeFalsy();
});

test("an empty ping is still a ping", () => {
  expect(readUp(new PbfReader(encode({ seq: 1, ping: {} }))).what).toBe("ping");
});

test("news carries the alert with everything that is disclosed", () => {
  const sent = alert({ state: "accepted", location: PLACE, version: 2 ** 40 });
  const down = decode(bytes((pbf) => writeDown({ news: { why: NewsWhy.DANGER, alert: sent } }, pbf)));
  const news = down.news && newsOf(down.news);
  expect(news).toMatchObject({
    why: "danger",
    alert: { version: 2 ** 40, location: PLACE, kind: "cardiac_arrest" },
  });
});

test("fields and whys of a newer server are no error", () => {
  const down = decode(
    bytes((pbf) => {
      pbf.writeStringField(900, "new");
      writeDown({ answers: 4, news: { why: 99, alert: alert() } }, pbf);
    }),
  );
  expect(down.answers).toBe(4);
  expect(down.news && newsOf(down.news)?.why).toBe("state");
});
