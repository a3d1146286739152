// Frames of the phone channel to bytes and back.
import { PbfReader, PbfWriter } from "pbf";
import {
  type Down,
  NewsWhy,
  type Part,
  readDown,
  SayWhat,
  type News as Sent,
  type Up,
  writeUp,
} from "../generated/phone.js";
import type { News, Saying, Verb, Why } from "./types.ts";
import { WHYS } from "./types.ts";

/** A frame up, as bytes. */
export function encode(up: Part<Up>): Uint8Array<ArrayBuffer> {
  const pbf = new PbfWriter();
  writeUp(up, pbf);
  return new Uint8Array(pbf.finish());
}

/** A frame down. Throws when it is none. */
export const decode = (bytes: ArrayBuffer): Down => readDown(new PbfReader(bytes));

const WHAT: Record<Verb, number> = {
  received: SayWhat.RECEIVED,
  seen: SayWhat.SEEN,
  accept: SayWhat.ACCEPT,
  decline: SayWhat.DECLINE,
  depart: SayWhat.DEPART,
  arrive: SayWhat.ARRIVE,
  "with-patient": SayWhat.WITH_PATIENT,
  finish: SayWhat.FINISH,
  unsafe: SayWhat.UNSAFE,
  safe: SayWhat.SAFE,
};

/** Something said, as a frame. */
export const sayFrame = ({ alert_id, verb, at_ms, version, ...more }: Saying): Part<Up> => ({
  say: { alert_id, what: WHAT[verb], at_ms, version, ...more },
});

const NUMBERED = new Map<number, Why>(
  WHYS.map((why) => [NewsWhy[why.toUpperCase() as keyof typeof NewsWhy], why]),
);

/** News as the page knows it; a why of a newer server is a plain change. Null without an alert. */
export function newsOf({ why, alert }: Sent): News | null {
  return alert ? { why: NUMBERED.get(why) ?? "state", alert } : null;
}
