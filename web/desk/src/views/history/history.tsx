// Closed incidents, the latest first: found by day, kind, end, the raising system's name, and where the map is.
import { useEffect, useState } from "preact/hooks";
import "../../styles/history.css";
import { KINDS } from "../../../../shared/kinds.ts";
import { api } from "../../api/client.ts";
import type { Incident } from "../../api/types.ts";
import { seen } from "../../state/desk.ts";
import { readFormFacts, useFormFacts } from "../../state/form-facts.ts";
import { EVERYTHING, type HistoryQuestion, historyQuery, OUTCOMES } from "../../state/history.ts";
import { get, set, useStore } from "../../state/store.ts";
import { dayAndClockTime, number, word } from "../../words/i18n.ts";
import { Choice } from "../choice.tsx";
import { errorText } from "../errors.ts";
import { placeName } from "../place-name.ts";
import { incidentLink } from "../route.ts";
import { usePages } from "../use-pages.ts";
import { t } from "./words.ts";

/** On a page. */
const PAGE = 50;

export function History() {
  // kept when an incident is opened, so that the way back leads to the same list
  const asked = useStore((state) => state.history);
  const ask = (part: Partial<HistoryQuestion>) => set({ history: { ...get().history, ...part } });
  const pages = usePages(asked, (after, signal) => api.closed(historyQuery(asked), PAGE, after, signal));
  const { items, current, more, busy, error } = pages;
  return (
    <section class="list history" aria-labelledby="history-title">
      <h1 class="listhead" id="history-title" tabIndex={-1}>
        {t("title")}
      </h1>
      <Filters asked={asked} ask={ask} />
      <p class="howmany" role="status">
        {!current && error == null && t("reading")}
        {current && found(items.length, more)}
      </p>
      <ol aria-busy={!current}>
        {items.map((one) => (
          <li key={one.id}>
            <Row one={one} />
          </li>
        ))}
      </ol>
      {error != null && (
        <p class="error" role="alert">
          {errorText(error)}{" "}
          <button type="button" onClick={pages.next}>
            {t("again")}
          </button>
        </p>
      )}
      {more && error == null && (
        <button type="button" class="wide" disabled={busy} onClick={pages.next}>
          {busy ? t("reading") : t("more")}
        </button>
      )}
    </section>
  );
}

function found(count: number, more: boolean): string {
  // a page may hold nothing while there are more to look at
  if (more) return count === 0 ? t("found_none_yet") : t("found_more", { count: number(count) });
  return count === 0 ? t("found_none") : t("found", { n: count, count: number(count) });
}

interface FilterProps {
  asked: HistoryQuestion;
  ask: (part: Partial<HistoryQuestion>) => void;
}

function Filters({ asked, ask }: FilterProps) {
  const planned = useFormFacts().kinds;
  const kinds = [...new Set<string>([...KINDS, ...planned])];
  useEffect(() => void readFormFacts(), []);
  const [unseen, setUnseen] = useState(false);
  function here() {
    const box = seen();
    setUnseen(!box);
    if (box) ask({ box });
  }
  return (
    <search class="filters">
      <div class="pair">
        <label>
          <span>{t("filter.from")}</span>
          <input
            type="date"
            value={asked.from}
            max={asked.to}
            onChange={(event) => ask({ from: event.currentTarget.value })}
          />
        </label>
        <label>
          <span>{t("filter.to")}</span>
          <input
            type="date"
            value={asked.to}
            min={asked.from}
            onChange={(event) => ask({ to: event.currentTarget.value })}
          />
        </label>
        <Choice
          label={t("filter.kind")}
          any={t("filter.any")}
          chosen={asked.kind}
          words={kinds.map((kind) => [kind, word("kind", kind)])}
          choose={(kind) => ask({ kind })}
        />
        <Choice
          label={t("filter.outcome")}
          any={t("filter.any")}
          chosen={asked.outcome}
          words={OUTCOMES.map((one) => [one, word("outcome", one)])}
          choose={(outcome) => ask({ outcome })}
        />
        <Choice
          label={t("filter.exercise")}
          any={t("filter.any")}
          chosen={asked.exercise}
          words={[
            ["false", t("exercise.false")],
            ["true", t("exercise.true")],
          ]}
          choose={(exercise) => ask({ exercise: exercise as HistoryQuestion["exercise"] })}
        />
        <label>
          <span>{t("filter.source")}</span>
          <input
            type="text"
            autocomplete="off"
            spellcheck={false}
            maxLength={128}
            value={asked.source}
            onInput={(event) => ask({ source: event.currentTarget.value })}
          />
        </label>
      </div>
      <div class="buttons">
        <button type="button" onClick={here}>
          {asked.box ? t("here_again") : t("here")}
        </button>
        {asked.box && (
          <button type="button" class="plain" onClick={() => ask({ box: null })}>
            {t("everywhere")}
          </button>
        )}
        {asked !== EVERYTHING && (
          <button type="button" class="plain" onClick={() => set({ history: EVERYTHING })}>
            {t("all")}
          </button>
        )}
      </div>
      {asked.box && <p class="quiet">{t("here_hint")}</p>}
      {unseen && <p class="error">{t("no_map")}</p>}
    </search>
  );
}

function Row({ one }: { one: Incident }) {
  const yes = one.alerts.filter((alert) => alert.accepted_at).length;
  return (
    <a class="row row-closed" href={incidentLink(one.id)}>
      <span class="rowhead">
        <strong>{word("kind", one.kind)}</strong> <span>{word("outcome", one.outcome)}</span>
      </span>
      <span class="rowsub">
        {one.exercise && <span class="tag">{t("exercise.true")}</span>} {placeName(one)}
      </span>
      <span class="rowsub">
        {dayAndClockTime(one.opened_at)} ·{" "}
        {t("row_people", { asked: number(one.alerts.length), yes: number(yes) })}
      </span>
    </a>
  );
}
