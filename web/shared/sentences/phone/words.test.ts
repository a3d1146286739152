// A walk over everything that a phone can know: each sentence that it then shows is true of it, and no two of them
// contradict each other. What makes a sentence true is written here once more, from `when` and not from the code.
import { describe, expect, test } from "vitest";
import { NEAR_M, type Notice, type PhoneFacts } from "./facts.ts";
import { PHONE, type PhoneId } from "./rows.ts";
import { everything, type NoticeKind, noticeWords, refusedWord, type Said } from "./words.ts";

const FACTS: PhoneFacts = {
  state: "sent",
  exercise: false,
  danger: false,
  override: false,
  still_going_asked: false,
  in_danger: false,
  all_clear: false,
  moved: false,
  address: true,
  doubtful: false,
  ended_because: "",
  outcome: "",
  position: "live",
  position_at: true,
  distance_m: 340,
  eta_s: 200,
  with_patient: false,
  engaged: false,
  notice: null,
  answer_in_s: 30,
  own_m: null,
  unsent: [],
};

const BOTH = [false, true];
const ASKED = ["queued", "sent", "received", "seen", "lapsed", "unreachable"];
const ENGAGED = ["accepted", "en_route", "on_scene"];
const OVER = ["finished", "declined", "withdrawn", "stood_down", "expired"];
const NOTICES: (Notice | null)[] = [null, "update", "all_clear", "over", "stand_down", "danger"];
const BECAUSE = [
  "",
  "enough_accepted",
  "incident_closed",
  "place_moved",
  "called_elsewhere",
  "no_longer_eligible",
  "doubt_ended",
  "by_desk",
  "of_a_newer_server",
];
const OUTCOMES = [
  "",
  "ems_on_scene",
  "stood_down",
  "completed",
  "false_alarm",
  "duplicate",
  "expired",
  "of_a_newer_server",
];
const UNSENT = [
  [],
  ["depart"],
  ["arrive"],
  ["with-patient"],
  ["finish"],
  ["unsafe"],
  ["safe"],
  ["unsafe", "safe"],
];

/** Every combination of the values of some facts, over the given ones. */
function* every(choices: { [K in keyof PhoneFacts]?: readonly PhoneFacts[K][] }): Generator<PhoneFacts> {
  const names = Object.keys(choices) as (keyof PhoneFacts)[];
  function* from(n: number, facts: PhoneFacts): Generator<PhoneFacts> {
    const name = names[n];
    if (name === undefined) return yield facts;
    for (const value of choices[name] ?? []) yield* from(n + 1, { ...facts, [name]: value });
  }
  yield* from(0, FACTS);
}

function* walk(): Generator<PhoneFacts> {
  const danger = { danger: BOTH, override: BOTH, all_clear: BOTH, in_danger: BOTH };
  yield* every({
    state: ASKED,
    ...danger,
    exercise: BOTH,
    notice: NOTICES,
    answer_in_s: [0, 30],
    position: ["live", "place", ""],
  });
  yield* every({
    state: ENGAGED,
    engaged: [true],
    ...danger,
    unsent: UNSENT,
    own_m: [null, 0, NEAR_M, NEAR_M + 1],
    with_patient: BOTH,
    still_going_asked: BOTH,
  });
  yield* every({
    state: ENGAGED,
    engaged: [true],
    ...danger,
    notice: NOTICES,
    exercise: BOTH,
    moved: BOTH,
    address: BOTH,
    doubtful: BOTH,
    position: ["live", "place", ""],
    position_at: BOTH,
    own_m: [null, 20],
  });
  yield* every({
    state: OVER,
    engaged: BOTH,
    danger: BOTH,
    in_danger: BOTH,
    exercise: BOTH,
    notice: NOTICES,
    ended_because: BECAUSE,
    outcome: OUTCOMES,
  });
}

type Truth = (facts: PhoneFacts, said: Said) => boolean;
const asked: Truth = ({ state }) => ASKED.includes(state);
const going: Truth = ({ state }) => ENGAGED.includes(state);
const open: Truth = (facts, said) => asked(facts, said) || going(facts, said);
const stopped: Truth = ({ danger, override }) => danger && !override;
const allTheSame: Truth = ({ override }) => override;
const late: Truth = ({ state, answer_in_s }) =>
  state === "lapsed" || state === "unreachable" || answer_in_s === 0;
const both =
  (...all: Truth[]): Truth =>
  (facts, said) =>
    all.every((one) => one(facts, said));
const not =
  (one: Truth): Truth =>
  (facts, said) =>
    !one(facts, said);
const has =
  (...verbs: string[]): Truth =>
  ({ unsent }) =>
    verbs.some((verb) => unsent.includes(verb));
const closedAs = (outcome: string): Truth => because("incident_closed", (facts) => facts.outcome === outcome);
function because(why: string, more: Truth = () => true): Truth {
  return (facts, said) => facts.state === "stood_down" && facts.ended_because === why && more(facts, said);
}
const finished: Truth = has("finish");
const withPatient: Truth = (facts, said) =>
  !finished(facts, said) &&
  (has("with-patient")(facts, said) || (facts.state === "on_scene" && facts.with_patient));
const there: Truth = (facts, said) =>
  !finished(facts, said) &&
  !withPatient(facts, said) &&
  (facts.state === "on_scene" || has("arrive")(facts, said));
const onTheWay: Truth = (facts, said) =>
  !has("finish", "with-patient", "arrive")(facts, said) &&
  (facts.state === "en_route" || (facts.state === "accepted" && has("depart")(facts, said)));
const notThere: Truth = both(
  ({ state }) => state === "accepted" || state === "en_route",
  not(has("finish", "with-patient", "arrive")),
);
const far: Truth = (facts, said) => said.values.distance_m === facts.distance_m && facts.own_m === null;
const near: Truth = both(notThere, not(stopped), (facts) => facts.own_m !== null && facts.own_m <= 50);
const after: Truth = ({ state, engaged }) => engaged && (state === "stood_down" || state === "expired");
const oldAddress: Truth = both(going, ({ doubtful }) => doubtful);
const newAddress: Truth = both(going, ({ doubtful }) => !doubtful);

/** What makes each sentence true; the lock screen's and refusals are of a push and of an answer. */
const TRUE: Partial<Record<PhoneId, Truth>> = {
  exercise: ({ exercise }) => exercise,
  "ask.real": both(asked, not(late), not(stopped), ({ exercise }) => !exercise),
  "ask.late": both(asked, late, not(stopped), ({ exercise }) => !exercise),
  "ask.exercise": both(asked, ({ exercise }) => exercise),
  "ask.stopped": both(asked, stopped, ({ exercise }) => !exercise),
  "ask.way": both(asked, ({ position }) => position !== "place"),
  "ask.way_place": both(asked, ({ position }) => position === "place"),
  "ask.answer_in": both(asked, not(late), (facts, { values }) => values.in_s === facts.answer_in_s),
  "ask.welcome": both(asked, late),
  "ask.welcome_lead": both(asked, late),
  "ask.danger": both(asked, stopped),
  "ask.override": both(asked, allTheSame),
  "ask.accept": asked,
  "ask.sure": asked,
  "ask.override_title": both(asked, allTheSame),
  "ask.override_yes": both(asked, allTheSame),
  "stop.danger": both(open, stopped),
  "stop.danger_lead": both(open, stopped),
  "stop.all_clear": both(open, ({ danger, override, all_clear }) => !danger && !override && all_clear),
  "stop.all_clear_going": both(going, ({ danger, override, all_clear }) => !danger && !override && all_clear),
  "stop.all_clear_asked": both(asked, ({ danger, override, all_clear }) => !danger && !override && all_clear),
  "stop.stand_down": after,
  "stop.not_needed": ({ state, engaged }) => !engaged && (state === "stood_down" || state === "expired"),
  "stop.turn_back": both(after, not(because("called_elsewhere"))),
  "stop.nothing": ({ state, engaged }) => !engaged && (state === "stood_down" || state === "expired"),
  "stop.over": ({ state, engaged }) => !engaged && state === "expired",
  "stop.over_lead": ({ state, engaged }) => !engaged && state === "expired",
  "because.enough_accepted": because("enough_accepted"),
  "because.ems_on_scene": closedAs("ems_on_scene"),
  "because.stood_down": closedAs("stood_down"),
  "because.completed": closedAs("completed"),
  "because.false_alarm": closedAs("false_alarm"),
  "because.duplicate": closedAs("duplicate"),
  "because.expired": closedAs("expired"),
  "because.closed": because("incident_closed"),
  "because.place_moved": because("place_moved"),
  "because.called_elsewhere": because("called_elsewhere"),
  "because.no_longer_eligible": because("no_longer_eligible"),
  "because.doubt_ended": because("doubt_ended"),
  "because.by_desk": because("by_desk"),
  "stage.accepted": both(
    ({ state }) => state === "accepted",
    not(has("depart", "arrive", "with-patient", "finish")),
  ),
  "stage.en_route": onTheWay,
  "stage.on_scene": there,
  "stage.with_patient": withPatient,
  "stage.finished": finished,
  "stage.sending": ({ unsent }) => unsent.length > 0,
  "way.own": both(notThere, (facts, { values }) => values.distance_m === facts.own_m),
  "way.heard": both(notThere, far, ({ position, position_at }) => position !== "place" && position_at),
  "way.asked": both(notThere, far, ({ position, position_at }) => position !== "place" && !position_at),
  "way.place": both(notThere, far, ({ position }) => position === "place"),
  "near.title": near,
  "near.lead": both(near, (facts, { values }) => values.distance_m === facts.own_m),
  "still.title": both(going, ({ still_going_asked }) => still_going_asked),
  "still.lead": both(going, ({ still_going_asked }) => still_going_asked),
  "danger.title": both(going, stopped),
  "danger.lead": both(going, stopped, ({ in_danger }) => !in_danger),
  "danger.override": both(going, allTheSame),
  "unsafe.sending": both(has("unsafe"), not(has("safe"))),
  "unsafe.known": both(({ in_danger }) => in_danger, not(has("unsafe", "safe"))),
  "safe.sending": has("safe"),
  "update.moved": both(newAddress, ({ moved, address }) => moved && address),
  "update.moved_doubtful": both(oldAddress, ({ moved, address }) => moved && address),
  "update.moved_alone": both(going, ({ moved, address }) => moved && !address),
  "place.new": oldAddress,
  "address.none": both(going, ({ address }) => !address),
  "address.title": newAddress,
  "address.title_old": oldAddress,
  "address.code": newAddress,
  "address.code_old": oldAddress,
  "address.floor": newAddress,
  "address.floor_old": oldAddress,
  "address.notes": newAddress,
  "address.notes_old": oldAddress,
  "address.grid": newAddress,
  "address.grid_old": oldAddress,
};

/** No screen says both of these. */
const CONTRADICT: [RegExp, RegExp][] = [
  [
    /^(stop\.danger|danger\.(title|lead)|ask\.danger)/,
    /^(stop\.all_clear|ask\.(real|late)$|near\.|danger\.override)/,
  ],
  [/^stop\.all_clear/, /^(unsafe\.known|danger\.|ask\.(danger|override))/],
  [/^unsafe\.known/, /^(stop\.all_clear|safe\.sending)/],
  [/^stop\.(stand_down|not_needed|over)/, /^(ask|stage|way|near|still)\./],
  [/^stop\.turn_back/, /^(because\.called_elsewhere|stop\.nothing)/],
  [/^address\.\w+_old/, /^(update\.moved$|address\.(title|code|floor|notes|grid)$)/],
  [/^address\.none/, /^(update\.moved(_doubtful)?$|address\.(title|code))/],
  [/^stage\.(on_scene|with_patient|finished)/, /^(way|near)\./],
  [/^ask\.answer_in/, /^ask\.welcome/],
  [/^ask\.override/, /^ask\.danger/],
];

describe("the walk", () => {
  const shown = new Set<PhoneId>();
  test("every sentence is true of the facts, and none contradicts another", () => {
    let walked = 0;
    for (const facts of walk()) {
      // the server ends an open report with the danger
      if (facts.in_danger && !facts.danger && !OVER.includes(facts.state)) continue;
      walked++;
      const said = everything(facts);
      for (const one of said) {
        shown.add(one.id);
        if (!TRUE[one.id]?.(facts, one)) expect.fail(`${one.id} is false of ${JSON.stringify(facts)}`);
        if (/\{\w+\}/.test(one.en + one.de)) expect.fail(`${one.id} has no value: ${one.en}`);
      }
      const ids = said.map(({ id }) => id);
      for (const [one, other] of CONTRADICT) {
        const [a, b] = [ids.find((id) => one.test(id)), ids.find((id) => other.test(id))];
        if (a && b) expect.fail(`${a} beside ${b}: ${JSON.stringify(facts)}`);
      }
    }
    expect(walked).toBeGreaterThan(20_000);
  });

  test("and every sentence of the table is shown by something", () => {
    const kinds: NoticeKind[] = ["alert", "update", "danger", "all_clear", "stand_down", "again"];
    const others = [
      "notice.exercise",
      ...kinds.flatMap((kind) => Object.values(noticeWords(kind)).map(({ id }) => id)),
      ...Object.keys(PHONE).filter((id) => refusedWord(id.replace("refused.", "")) !== null),
    ];
    expect(Object.keys(PHONE).filter((id) => !shown.has(id as PhoneId) && !others.includes(id))).toEqual([]);
  });
});

test("danger reads as danger whatever is unread, and nothing of it stays once it is over", () => {
  for (const state of [...ASKED, ...ENGAGED]) {
    const engaged = ENGAGED.includes(state);
    const during = everything({ ...FACTS, state, engaged, danger: true, notice: "danger" }).map(
      ({ id }) => id,
    );
    expect(during).toContain("stop.danger");
    const over = everything({ ...FACTS, state, engaged, notice: "danger", all_clear: true }).map(
      ({ id }) => id,
    );
    expect(over.filter((id) => /danger|unsafe/.test(id))).toEqual([]);
    const told = everything({ ...FACTS, state, engaged, notice: "all_clear", all_clear: true });
    expect(told.map(({ id }) => id)).toContain("stop.all_clear");
  }
});
