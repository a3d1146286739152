// The one store: what is known, and the few things that a person chose on this desk.
import { Store } from "../../../shared/store.ts";
import type { MapSettings, Session } from "../api/types.ts";
import { type Choices, NO_CHOICES } from "./choices.ts";
import { type Counted, NOT_COUNTED } from "./counted.ts";
import { EVERYTHING, type HistoryQuestion } from "./history.ts";
import type { Line } from "./line.ts";
import type { Point } from "./place.ts";
import { type Change, type Known, NOTHING, reduce } from "./reducer.ts";
import { NOT_HEARD, type ToCall } from "./to-call.ts";

/** A place in the view of the responders. */
export type RosterPlace = { at: "list" } | { at: "enrol" } | { at: "follow-ups" } | { at: "one"; id: string };

export interface State {
  /** Null: signed out. Undefined: not known yet. */
  session: Session | null | undefined;
  /** The session has ended: the page stays as it was, behind the question for a new token. */
  over: boolean;
  /** Why the link that was opened signs nobody in. */
  linkRefused: unknown;
  known: Known;
  /** What was chosen at this desk. */
  choices: Choices;
  line: Line;
  map: MapSettings | null;
  /** The incident whose page is open. */
  open: string | null;
  /** Where in the view of the responders the desk is; null elsewhere. */
  roster: RosterPlace | null;
  /** Who can be alerted, as far as it was heard. */
  counted: Counted;
  /** How many want to be called after an incident. */
  toCall: ToCall;
  /** The closed incidents are open. */
  past: boolean;
  /** Which closed incidents are asked for. */
  history: HistoryQuestion;
  /** The form for a new incident is open. */
  form: boolean;
  /** A place is wanted from the map: by the form or by an action. */
  picking: ((point: Point) => void) | null;
  /** The place that the form or an action would send. */
  draft: Point | null;
  /** How far each wave of the opened incident looked, metres. */
  rings: number[];
  /** How many people who could be alerted are in the part of the map that is seen. */
  reachable: number | null;
}

const START: State = {
  session: undefined,
  over: false,
  linkRefused: null,
  known: NOTHING,
  choices: NO_CHOICES,
  line: { state: "connecting" },
  map: null,
  open: null,
  roster: null,
  counted: NOT_COUNTED,
  toCall: NOT_HEARD,
  past: false,
  history: EVERYTHING,
  form: false,
  picking: null,
  draft: null,
  rings: [],
  reachable: null,
};

const store = new Store<State>(START);
export const { get, set, subscribe, use: useStore } = store;

/** Changes what is known of incidents. */
export function change(what: Change): void {
  const known = reduce(get().known, what);
  if (known !== get().known) set({ known });
}

/** Back to the beginning, for a signed-out desk. */
export const forgetAll = () => set({ ...START, session: null });
