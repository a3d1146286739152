// Would this phone be heard? Each thing that decides it, why it matters, and what helps.
import { useState } from "preact/hooks";
import { type Check, checks, type Facts, readiness } from "../device/readiness.ts";
import { heard } from "../state/ready.ts";
import { useStore } from "../state/store.ts";
import { startTest } from "../state/tests.ts";
import { dayTime, number, t, word } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { Fix } from "./fixes.tsx";

function useChecks(): { facts: Facts | null; all: Check[] } {
  const facts = useStore((state) => state.facts);
  const me = useStore((state) => state.me);
  const device = useStore((state) => state.device ?? null);
  return { facts, all: facts ? checks(facts, me, device) : [] };
}

/** In one line on the first page. */
export function Summary({ onMore }: { onMore(): void }) {
  const { facts, all } = useChecks();
  if (!facts) return null;
  const bad = all.filter(({ state }) => state === "bad").length;
  return (
    <section class={`card summary ${bad > 0 ? "is-bad" : "is-good"}`}>
      <h2>{bad > 0 ? t("ready.bad", { n: bad }) : t("ready.good")}</h2>
      <p>{word("alarm", readiness(facts, Date.now()).alarm)}</p>
      <button type="button" class="big" onClick={onMore}>
        {t("ready.more")}
      </button>
    </section>
  );
}

export function ReadyView() {
  const { facts, all } = useChecks();
  if (!facts) return <main class="page" />;
  const report = readiness(facts, Date.now());
  return (
    <main class="page">
      <h1>{t("ready.title")}</h1>
      <TestAlertCard />
      <ul class="checks">
        {all.map((check) => (
          <CheckRow key={check.name} check={check} facts={facts} />
        ))}
      </ul>
      <section class="card">
        <h2>{t("ready.told")}</h2>
        <dl>
          <div>
            <dt>{t("ready.alarm")}</dt>
            <dd>{word("alarm", report.alarm)}</dd>
          </div>
          <div>
            <dt>{t("ready.position")}</dt>
            <dd>{word("position", report.position)}</dd>
          </div>
        </dl>
        <h2>{t("ready.cannot")}</h2>
        <ul class="plainlist">
          {(["background", "screen", "silent"] as const).map((what) => (
            <li key={what}>{t(`cannot.${what}_${facts.platform === "ios" ? "ios" : "other"}`)}</li>
          ))}
        </ul>
      </section>
    </main>
  );
}

const SIGN = { good: "✓", bad: "✕", unsure: "?" } as const;

function CheckRow({ check: { name, state }, facts }: { check: Check; facts: Facts }) {
  return (
    <li class={`card check-row is-${state}`} data-check={name} data-state={state}>
      <h2>
        <i aria-hidden="true">{SIGN[state]}</i> {t(`check.${name}`)}{" "}
        <span class="unseen">{t(`state.${state}`)}</span>
      </h2>
      {state !== "good" && <p>{t(`check.${name}_why`)}</p>}
      {state !== "good" && <Fix name={name} facts={facts} />}
    </li>
  );
}

/** The whole way there and back: out of the server, by push and by channel, and seen by it. */
function TestAlertCard() {
  const test = useStore((state) => state.test);
  const last = useStore(
    (state) => state.me?.devices.find((one) => one.device_id === state.device)?.last_test ?? null,
  );
  const [error, setError] = useState("");
  const way = (ms: number | null) =>
    ms === null ? t("test.waiting") : t("test.after", { seconds: number(Math.round(ms / 100) / 10) });
  return (
    <section class="card test">
      <h2>{t("test.title")}</h2>
      <p>{t("test.lead")}</p>
      <button
        type="button"
        class="big primary"
        onClick={() => {
          setError("");
          startTest().catch((caught) => setError(errorText(caught)));
        }}
      >
        {t("test.go")}
      </button>
      <p class="error" role="alert">
        {error}
      </p>
      {test && (
        <dl aria-live="polite">
          <div>
            <dt>{t("test.channel")}</dt>
            <dd data-way="channel">{way(test.channelMs)}</dd>
          </div>
          <div>
            <dt>{t("test.push")}</dt>
            <dd data-way="push">{way(test.pushMs)}</dd>
          </div>
        </dl>
      )}
      {test?.pushMs != null && (
        <button type="button" class="big" onClick={() => void heard()}>
          {t("test.heard")}
        </button>
      )}
      {last && (
        <p class="quiet">
          {last.received_at
            ? t("test.last", { at: dayTime(last.received_at) })
            : t("test.last_lost", { at: dayTime(last.sent_at) })}
        </p>
      )}
    </section>
  );
}
