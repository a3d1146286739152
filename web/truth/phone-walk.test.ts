// The walk over every combination of what a phone can know: what it says then, in both languages, to the checker, which
// knows only a history that leads there.
import { beforeAll, describe, expect, test } from "vitest";
import type { PhoneFacts } from "../shared/sentences/phone/facts.ts";
import { PHONE } from "../shared/sentences/phone/rows.ts";
import { FACTS, walk } from "../shared/sentences/phone/samples.ts";
import {
  everything,
  type NoticeKind,
  noticeExercise,
  noticeWords,
  refusedWord,
  type Said,
} from "../shared/sentences/phone/words.ts";
import { type Case, firsts, judge } from "./check.ts";
import type { Happened } from "./history.ts";
import { ABOUT_A_PHONE, type Caught, tell } from "./lies.ts";
import { historyOf } from "./phone-history.ts";

interface Walked {
  shown: Said[];
  history: Case;
}

const said = (where: string, shown: readonly Said[]) => shown.map(({ en, de }) => ({ where, en, de }));

function* walked(): Generator<Walked> {
  for (const facts of walk()) {
    const history = historyOf(facts);
    if (!history) continue;
    const shown = everything(facts);
    yield { shown, history: { ...history, said: said("face", shown), step: "" } };
  }
}
/** What the lock screen says of a push, and what a phone says of a refusal, where each is said. */
function* told(): Generator<Walked> {
  const asked = FACTS;
  const going = { ...FACTS, state: "en_route", engaged: true };
  const changed = { ...going, moved: true };
  const over = { ...FACTS, state: "stood_down", engaged: true, ended_because: "by_desk" };
  const notices: [NoticeKind, Partial<PhoneFacts>][] = [
    ["alert", asked],
    ["update", changed],
    ["danger", { ...going, danger: true }],
    ["all_clear", { ...going, all_clear: true }],
    ["stand_down", over],
    ["again", going],
  ];
  for (const [kind, facts] of notices) {
    const history = historyOf({ ...FACTS, ...facts });
    if (!history) throw new Error(`no history leads to ${kind}`);
    const shown = Object.values(noticeWords(kind));
    yield { shown, history: { ...history, said: said("notice", shown), step: kind } };
  }
  const refusals: [string, Partial<PhoneFacts>, Happened[]][] = [
    ["already_covered", asked, [{ ago_s: 50, type: "covered" }]],
    ["incident_closed", asked, [{ ago_s: 50, type: "closed", detail: { outcome: "completed" } }]],
    ["already_engaged", asked, []],
    ["alert_ended", over, []],
    ["alert_expired", { ...FACTS, state: "expired" }, []],
    ["not_accepted", asked, []],
    ["scene_unsafe", { ...FACTS, danger: true }, []],
  ];
  for (const [code, facts, more] of refusals) {
    const history = historyOf({ ...FACTS, ...facts }, more);
    const word = refusedWord(code);
    if (!history?.phone || !word) throw new Error(`no history leads to ${code}`);
    const phone = { ...history.phone, elsewhere: code === "already_engaged" };
    yield { shown: [word], history: { ...history, phone, said: said("refused", [word]), step: code } };
  }
  const practice = historyOf({ ...FACTS, exercise: true });
  const shown = [noticeExercise()];
  if (practice) yield { shown, history: { ...practice, said: said("notice", shown), step: "exercise" } };
}

const WALK = [...walked(), ...told()];

test("every sentence is true, in both languages", async () => {
  const judged = await judge(WALK.map(({ history }) => history));
  expect(firsts(judged, (n) => WALK[n]?.history.log)).toEqual([]);
  expect(WALK.length).toBeGreaterThan(8_000);
});

test("every sentence of the table is met", () => {
  const met = new Set<string>(WALK.flatMap(({ shown }) => shown.map(({ id }) => id)));
  expect(Object.keys(PHONE).filter((id) => !met.has(id))).toEqual([]);
});

describe("sentences made false on purpose are caught", () => {
  let caught: Map<string, Caught>;
  beforeAll(async () => {
    caught = await tell(
      ABOUT_A_PHONE,
      WALK.map(({ history }) => history),
    );
  });

  test.each(ABOUT_A_PHONE)("$language: $name", ({ name }) => {
    const { told, believed } = caught.get(name) ?? { told: 0, believed: 0 };
    expect(told).toBeGreaterThan(0);
    expect(believed).toBe(0);
  });

  test("ten at least, and in both languages", () => {
    expect(ABOUT_A_PHONE.length).toBeGreaterThanOrEqual(10);
    expect(new Set(ABOUT_A_PHONE.map(({ language }) => language))).toEqual(new Set(["en", "de"]));
    expect(caught.size).toBe(ABOUT_A_PHONE.length);
  });
});
