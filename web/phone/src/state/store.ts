// The one store of the page.
import { Store } from "../../../shared/store.ts";
import { type Known, NOTHING } from "../alerts/known.ts";
import type { Attention, Me, Saying, TestAlert } from "../api/types.ts";
import type { Facts } from "../device/readiness.ts";

/** The line to the server. `elsewhere`: another page of this phone has it. */
export type Line = "connecting" | "live" | "lost" | "elsewhere";

/** A test alert on its way through everything. */
export interface Test {
  id: string;
  /** When it was asked for, by the monotonic clock, milliseconds. */
  startedAt: number;
  /** How long each way took, milliseconds; null: not arrived yet. */
  channelMs: number | null;
  pushMs: number | null;
  asked: TestAlert | null;
}

export interface State {
  /** Undefined: not known yet. Null: signed out. */
  device: string | null | undefined;
  /** Why the person has to sign in again. */
  signedOutWhy: "ended" | null;
  me: Me | null;
  line: Line;
  /** When the server was heard last before the line was lost, by the monotonic clock, milliseconds. */
  lostAt: number;
  known: Known;
  unsent: readonly Saying[];
  /** The last refusal of something said: the alert and a stable word. */
  refused: { alert_id: string; code: string } | null;
  facts: Facts | null;
  test: Test | null;
  /** Phones of this person that can no longer be counted on. */
  attention: readonly Attention[];
  /** The steps after sign-in were gone through. */
  setUp: boolean;
}

export const START: State = {
  device: undefined,
  signedOutWhy: null,
  me: null,
  line: "connecting",
  lostAt: 0,
  known: NOTHING,
  unsent: [],
  refused: null,
  facts: null,
  test: null,
  attention: [],
  setUp: true,
};

const store = new Store<State>(START);
export const { get, set, subscribe, use: useStore } = store;
