// Who can be reached now, in numbers with what they mean, and who has gone silent.
import { useState } from "preact/hooks";
import type { Readiness } from "../../api/types.ts";
import { millis, now } from "../../state/clock.ts";
import { standing } from "../../state/counted.ts";
import { countAgain } from "../../state/readiness.ts";
import { useStore } from "../../state/store.ts";
import { useTime } from "../../state/ticker.ts";
import { t as desk, number } from "../../words/i18n.ts";
import { FOLLOW_UPS, responderLink } from "../route.ts";
import { Failed } from "./ask.tsx";
import { ago, t, word } from "./words.ts";

/** The server names no more of them. */
const SILENT_MAX = 200;
const COUNTS = ["verified", "on_duty", "reachable", "connected"] as const;
const ALARMS = ["loud", "quiet", "unknown"] as const;
const POSITIONS = ["live", "place", "none"] as const;

export function Overview() {
  const counted = useStore((state) => state.counted);
  const [busy, setBusy] = useState(false);
  useTime(() => standing(counted, Date.now()).is);
  const known = standing(counted, Date.now());
  const shown = known.is === "known" ? known.view : known.is === "unknown" ? known.was : null;
  async function again() {
    setBusy(true);
    await countAgain();
    setBusy(false);
  }
  return (
    <section class="rosterside overview" aria-labelledby="overview-title">
      <header class="sidehead">
        <h2 id="overview-title">{t("ready.title")}</h2>
        <a class="button" href={FOLLOW_UPS}>
          {t("follow.open_list")}
        </a>
        <button type="button" disabled={busy} onClick={again}>
          {busy ? t("ready.busy") : t("ready.again")}
        </button>
      </header>
      {known.is === "asking" && <p role="status">{t("reading")}</p>}
      {known.is === "unknown" && (
        <div class="ask">
          <strong>{desk("bar.ready_unknown")}.</strong> {shown && t("ready.old", { ago: ago(known.ageS) })}
          <Failed error={counted.error} />
        </div>
      )}
      {shown && <Counts view={shown} />}
      {shown && <Silent view={shown} />}
    </section>
  );
}

function Counts({ view }: { view: Readiness }) {
  const old = useTime((at) => ago(Math.max(0, (at - millis(view.as_of)) / 1000)));
  return (
    <>
      <dl class="counts">
        {COUNTS.map((name) => (
          <Count key={name} name={word("count", name)} count={view[name]} means={word("means", name)} />
        ))}
      </dl>
      <p class="quiet">{t("ready.counted", { ago: old })}</p>
      <h3>{t("alarm.title")}</h3>
      <Bar parts={ALARMS.map((name) => [name, view.alarm[name]])} />
      <dl class="counts">
        {ALARMS.map((name) => (
          <Count
            key={name}
            sign={name}
            name={word("alarm", name)}
            count={view.alarm[name]}
            means={word("alarmmeans", name)}
          />
        ))}
      </dl>
      <h3>{t("position.title")}</h3>
      <Bar parts={POSITIONS.map((name) => [name, view.position[name]])} />
      <dl class="counts">
        {POSITIONS.map((name) => (
          <Count
            key={name}
            sign={name}
            name={word("position", name)}
            count={view.position[name]}
            means={word("positionmeans", name)}
          />
        ))}
      </dl>
    </>
  );
}

interface CountProps {
  name: string;
  count: number;
  means: string;
  /** Its colour in the line above. */
  sign?: string;
}

function Count({ name, count, means, sign }: CountProps) {
  return (
    <div>
      <dt>
        {sign && <i class={`sign part-${sign}`} aria-hidden="true" />}
        {name}
      </dt>
      <dd>
        <strong>{number(count)}</strong>
        <span>{means}</span>
      </dd>
    </div>
  );
}

/** How they share, as one line of colour; the numbers stand below it. */
function Bar({ parts }: { parts: [string, number][] }) {
  const some = parts.filter(([, count]) => count > 0);
  if (some.length === 0) return null;
  return (
    <span class="share" aria-hidden="true">
      {some.map(([name, count]) => (
        <i key={name} class={`part-${name}`} style={{ flexGrow: count }} />
      ))}
    </span>
  );
}

function Silent({ view }: { view: Readiness }) {
  useTime((at) => Math.floor(at / 60_000));
  const { silent } = view;
  return (
    <section class="silent" aria-labelledby="silent-title">
      <h3 id="silent-title">{t("silent.title", { n: silent.length })}</h3>
      {silent.length === 0 && view.on_duty > 0 && <p class="good">{t("silent.nobody")}</p>}
      {view.on_duty === 0 && <p class="bad">{t("silent.no_duty")}</p>}
      <ul>
        {silent.map((one) => (
          <li key={one.responder_id}>
            <a href={responderLink(one.responder_id)}>{one.name}</a>
            <span>{word("silent", one.why)}</span>
            <small>
              {one.last_heard_at
                ? t("silent.heard", { ago: ago((now() - millis(one.last_heard_at)) / 1000) })
                : t("silent.never")}
            </small>
          </li>
        ))}
      </ul>
      {silent.length >= SILENT_MAX && <p class="quiet">{t("silent.most", { count: SILENT_MAX })}</p>}
    </section>
  );
}
