// All responders, by pages, with a filter over what was read and a look-up by exact id.
import { useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Responder } from "../../api/types.ts";
import { matching } from "../../state/roster.ts";
import type { RosterPlace } from "../../state/store.ts";
import { word as deskWord, number } from "../../words/i18n.ts";
import { memo } from "../memo.tsx";
import { ENROL, openResponder, responderLink } from "../route.ts";
import { Failed, useAsk } from "./ask.tsx";
import type { People } from "./use-people.ts";
import { t, word } from "./words.ts";

export function PeopleList({ people, place }: { people: People; place: RosterPlace }) {
  const [typed, setTyped] = useState("");
  const { items, more, read } = people;
  const found = matching(items, typed);
  const open = place.at === "one" ? place.id : null;
  const empty = read && items.length === 0 && !more;
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
      {empty ? <Empty /> : <Find typed={typed} setTyped={setTyped} people={people} found={found} />}
      <ol>
        {found.map((one) => (
          <li key={one.id}>
            <Row one={one} open={one.id === open} />
          </li>
        ))}
      </ol>
      {read && items.length > 0 && found.length === 0 && <p class="calm">{t("find.none")}</p>}
      {!read && !people.error && (
        <p class="calm" role="status">
          {t("reading")}
        </p>
      )}
      <Failed error={people.error} again={people.next} />
      {more && !people.error && (
        <button type="button" class="wide" disabled={people.busy} onClick={people.next}>
          {people.busy ? t("reading") : t("more", { count: number(items.length) })}
        </button>
      )}
    </section>
  );
}

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

interface FindProps {
  typed: string;
  setTyped: (typed: string) => void;
  people: People;
  found: Responder[];
}

function Find({ typed, setTyped, people, found }: FindProps) {
  const { busy, error, ask, calm } = useAsk();
  const id = typed.trim();
  async function lookUp(event: Event) {
    event.preventDefault();
    if (!id) return;
    const known = people.items.find((one) => one.id === id) ?? (found.length === 1 ? found[0] : undefined);
    if (known) return openResponder(known.id);
    await ask(
      () => roster.one(id),
      (one) => {
        people.put(one);
        openResponder(one.id);
      },
    );
  }
  return (
    <search>
      <form class="find" onSubmit={lookUp}>
        <label for="find">{t("find.label")}</label>
        <div class="inline">
          <input
            id="find"
            type="search"
            autocomplete="off"
            spellcheck={false}
            maxLength={200}
            aria-describedby="find-hint"
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              calm();
            }}
          />
          <button type="submit" disabled={busy || !id}>
            {busy ? t("find.busy") : t("find.go")}
          </button>
        </div>
        <p id="find-hint" class="quiet">
          {people.more ? t("find.hint_more", { count: number(people.items.length) }) : t("find.hint")}
        </p>
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
