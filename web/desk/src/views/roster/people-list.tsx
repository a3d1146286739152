// The responders in the order of their names, found by the server among everybody, read by pages.
import { useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Responder } from "../../api/types.ts";
import { EVERYBODY, meant, QUESTION_MAX, SKILLS, STANDINGS } from "../../state/roster.ts";
import type { RosterPlace } from "../../state/store.ts";
import { word as deskWord, number } from "../../words/i18n.ts";
import { Choice } from "../choice.tsx";
import { memo } from "../memo.tsx";
import { ENROL, openResponder, responderLink } from "../route.ts";
import { Failed, useAsk } from "./ask.tsx";
import type { People } from "./use-people.ts";
import { t, word } from "./words.ts";

export function PeopleList({ people, place }: { people: People; place: RosterPlace }) {
  const { items, more, current, busy, error, asked } = people;
  const open = place.at === "one" ? place.id : null;
  const all = asked.q.trim() === "" && asked.skill === "" && asked.state === "";
  const empty = all && current && items.length === 0;
  return (
    <section class="list people-list" aria-labelledby="people-title">
      <div class="listhead">
        <h1 id="people-title" tabIndex={-1}>
          {t("title")}
        </h1>
        <a class="button primary" href={ENROL} aria-current={place.at === "enrol" ? "page" : undefined}>
          {t("enrol.open")}
        </a>
      </div>
      {empty ? <Empty /> : <Find people={people} />}
      <p class="howmany" role="status">
        {!current && error == null && t("reading")}
        {current && !all && items.length > 0 && found(items.length, more)}
        {current && !all && items.length === 0 && t("find.none")}
      </p>
      <ol aria-busy={!current}>
        {items.map((one) => (
          <li key={one.id}>
            <Row one={one} open={one.id === open} />
          </li>
        ))}
      </ol>
      <Failed error={error} again={people.next} />
      {more && error == null && (
        <button type="button" class="wide" disabled={busy} onClick={people.next}>
          {busy ? t("reading") : t("more", { count: number(items.length) })}
        </button>
      )}
    </section>
  );
}

const found = (count: number, more: boolean) =>
  more ? t("find.found_more", { count: number(count) }) : t("find.found", { n: count, count: number(count) });

/** What to do first, when there is nobody. */
function Empty() {
  return (
    <div class="calm empty">
      <p>{t("empty.title")}</p>
      <ol>
        <li>{t("empty.enrol")}</li>
        <li>{t("empty.verify")}</li>
        <li>{t("empty.code")}</li>
      </ol>
    </div>
  );
}

/** What is typed and chosen goes to the server; Enter opens whoever it means. */
function Find({ people }: { people: People }) {
  const { busy, error, ask, calm } = useAsk();
  const [several, setSeveral] = useState(false);
  const { asked } = people;
  const change = (part: Partial<typeof asked>) => {
    people.ask({ ...asked, ...part });
    setSeveral(false);
    calm();
  };
  const open = (event: Event) => {
    event.preventDefault();
    if (!asked.q.trim()) return;
    void ask(
      () => roster.page(asked, null, new AbortController().signal),
      (page) => {
        const one = meant(page.items, Boolean(page.next), asked.q);
        setSeveral(page.items.length > 1 && !one);
        if (!one) return;
        people.put(one);
        openResponder(one.id);
      },
    );
  };
  return (
    <search>
      <form class="find" onSubmit={open}>
        <label for="find">{t("find.label")}</label>
        <div class="inline">
          <input
            id="find"
            type="search"
            autocomplete="off"
            spellcheck={false}
            maxLength={QUESTION_MAX}
            aria-describedby="find-hint"
            value={asked.q}
            onInput={(event) => change({ q: event.currentTarget.value })}
          />
          <button type="submit" disabled={busy || !asked.q.trim()}>
            {busy ? t("find.busy") : t("find.go")}
          </button>
        </div>
        <div class="pair">
          <Choice
            label={t("filter.skill")}
            any={t("filter.any")}
            chosen={asked.skill}
            words={SKILLS.map((skill) => [skill, deskWord("skill", skill)])}
            choose={(skill) => change({ skill })}
          />
          <Choice
            label={t("filter.state")}
            any={t("filter.any")}
            chosen={asked.state}
            words={STANDINGS.map((state) => [state, word("state", state)])}
            choose={(state) => change({ state })}
          />
        </div>
        <p id="find-hint" class="quiet">
          {several ? t("find.several") : t("find.hint")}
        </p>
        {asked !== EVERYBODY && (
          <button type="button" class="plain" onClick={() => change(EVERYBODY)}>
            {t("find.all")}
          </button>
        )}
        <Failed error={error} />
      </form>
    </search>
  );
}

const Row = memo(function Row({ one, open }: { one: Responder; open: boolean }) {
  const skills = one.skills.map((skill) => deskWord("skill", skill)).join(", ");
  return (
    <a class="row" href={responderLink(one.id)} aria-current={open ? "page" : undefined}>
      <span class="rowtext">
        <strong>{one.name}</strong>
        <span class="rowsub">
          {one.id}
          {skills && ` · ${skills}`}
        </span>
      </span>
      <span class="rowside">
        <span class={`standing standing-${one.state}`}>{word("state", one.state)}</span>
        {one.state === "verified" && <small>{one.on_duty ? t("duty.on") : t("duty.off")}</small>}
      </span>
    </a>
  );
});
