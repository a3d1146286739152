// A walk over everything that a phone can know: no two sentences that it then shows contradict each other. Whether each
// of them is true is judged in `truth`.
import { describe, expect, test } from "vitest";
import { PHONE, type PhoneId } from "./rows.ts";
import { ASKED, ENGAGED, FACTS, OVER, walk } from "./samples.ts";
import { everything, type NoticeKind, noticeWords, refusedWord } from "./words.ts";

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
  test("no sentence contradicts another, and each has its values", () => {
    let walked = 0;
    for (const facts of walk()) {
      // the server ends an open report with the danger
      if (facts.in_danger && !facts.danger && !OVER.includes(facts.state)) continue;
      walked++;
      const said = everything(facts);
      for (const one of said) {
        shown.add(one.id);
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
