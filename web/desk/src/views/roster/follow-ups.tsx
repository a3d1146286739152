// Who wants to be called after an incident, and who sees to it. What was said is read by whoever took it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { roster } from "../../api/roster.ts";
import type { FollowUp, KeptReport } from "../../api/types.ts";
import { millis, now } from "../../state/clock.ts";
import { countToCall } from "../../state/follow-ups.ts";
import { useStore } from "../../state/store.ts";
import { useTime } from "../../state/ticker.ts";
import { word as deskWord, number } from "../../words/i18n.ts";
import { incidentLink, openRoster, responderLink } from "../route.ts";
import { usePages } from "../use-pages.ts";
import { Failed, useAsk } from "./ask.tsx";
import { ago, dayAndTime, t, word } from "./words.ts";

/** On a page. */
const PAGE = 50;

export function FollowUps() {
  const [looked, setLooked] = useState(0);
  const pages = usePages(looked, (after, signal) => roster.followUps(after, PAGE, signal));
  const { items, current, more, busy, error } = pages;
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  // minutes pass
  useTime((at) => Math.floor(at / 60_000));
  const again = () => setLooked((times) => times + 1);
  const put = (one: FollowUp) => {
    pages.change((old) => old.map((it) => (it.alert_id === one.alert_id ? one : it)));
    void countToCall();
  };
  return (
    <section class="rosterside follow-ups" aria-labelledby="follow-ups-title">
      <button type="button" class="plain back" onClick={openRoster}>
        ← {t("back")} <kbd>Esc</kbd>
      </button>
      <header class="sidehead">
        <h1 id="follow-ups-title" tabIndex={-1} ref={heading}>
          {t("follow.title")}
        </h1>
        <button type="button" disabled={busy} onClick={again}>
          {busy ? t("reading") : t("follow.again")}
        </button>
      </header>
      <p class="quiet">{t("follow.lead")}</p>
      {current && items.length === 0 && <p class="good">{t("follow.none")}</p>}
      <ul>
        {items.map((one) => (
          <li key={one.alert_id}>
            <One one={one} put={put} again={again} />
          </li>
        ))}
      </ul>
      <Failed error={error} again={pages.next} />
      {more && error == null && (
        <button type="button" class="wide" disabled={busy} onClick={pages.next}>
          {busy ? t("reading") : t("more", { count: number(items.length) })}
        </button>
      )}
    </section>
  );
}

interface OneProps {
  one: FollowUp;
  put: (one: FollowUp) => void;
  /** Reads the list again: somebody else changed it. */
  again: () => void;
}

function One({ one, put, again }: OneProps) {
  const me = useStore((state) => state.session?.sub ?? "");
  const { busy, error, ask } = useAsk();
  const { state, by, taken_at, done_at } = one.care;
  const mine = by === me;
  const change = (question: () => Promise<FollowUp>) => void ask(question, put);
  const take = () => change(() => roster.take(one.alert_id, state === "taken" && by && !mine ? by : null));
  const refused = error instanceof ApiError && error.problem.status === 409;
  return (
    <article class={`follow-up follow-up-${state}`} aria-label={one.name}>
      <header>
        <a href={responderLink(one.responder_id)}>
          <strong>{one.name}</strong>
        </a>
        {one.phone ? (
          // whoever calls has taken it, so that nobody is called twice
          <a class={mine ? "button" : ""} href={`tel:${one.phone.replaceAll(/[^+\d]/g, "")}`}>
            {t("follow.call", { phone: one.phone })}
          </a>
        ) : (
          <span class="bad">{t("follow.no_phone")}</span>
        )}
      </header>
      <p>
        {t("follow.asked", { ago: ago((now() - millis(one.asked_at)) / 1000) })}{" "}
        <a href={incidentLink(one.incident_id)}>
          {t("follow.after", { kind: deskWord("kind", one.kind), when: dayAndTime(one.raised_at) })}
        </a>
      </p>
      <p class={`care care-${state}`} role="status">
        {state === "open" && t("follow.open")}
        {state === "taken" &&
          taken_at &&
          (mine
            ? t("follow.mine", { when: dayAndTime(taken_at) })
            : t("follow.theirs", { by: by ?? "", when: dayAndTime(taken_at) }))}
        {state === "done" && done_at && t("follow.done", { by: by ?? "", when: dayAndTime(done_at) })}
      </p>
      {mine && state !== "open" && <Said one={one} />}
      <div class="buttons">
        {state === "taken" && mine && (
          <button
            type="button"
            class="primary"
            disabled={busy}
            onClick={() => change(() => roster.done(one.alert_id))}
          >
            {t("follow.tick")}
          </button>
        )}
        {!(state === "taken" && mine) && (
          <button type="button" class={state === "open" ? "primary" : ""} disabled={busy} onClick={take}>
            {state === "open"
              ? t("follow.take")
              : state === "done"
                ? t("follow.take_again")
                : t("follow.take_over", { by: by ?? "" })}
          </button>
        )}
      </div>
      <Failed error={error} {...(refused && { again })} />
    </article>
  );
}

/** What they said, for whoever took it. */
function Said({ one }: { one: FollowUp }) {
  const [report, setReport] = useState<KeptReport | null | undefined>(undefined);
  const { error, ask } = useAsk();
  const read = () =>
    void ask(
      () => roster.reports(one.incident_id),
      ({ items }) => setReport(items.find((it) => it.alert_id === one.alert_id) ?? null),
    );
  useEffect(read, [one.alert_id]);
  if (report === undefined) return error ? <Failed error={error} again={read} /> : <p>{t("reading")}</p>;
  if (report === null) return <p class="quiet">{t("follow.gone")}</p>;
  const said = [
    report.call_me && t("follow.call_me"),
    report.welfare && report.welfare !== "unsaid" && word("welfare", report.welfare),
    report.cpr != null && (report.cpr ? t("follow.cpr") : t("follow.no_cpr")),
    report.aed_used != null && (report.aed_used ? t("follow.aed") : t("follow.no_aed")),
    report.patient && word("patient", report.patient),
  ].filter(Boolean);
  return (
    <div class="said">
      {said.length > 0 && <p>{said.join(" · ")}</p>}
      {report.text ? <blockquote>{report.text}</blockquote> : <p class="quiet">{t("follow.no_text")}</p>}
    </div>
  );
}
