// Afterwards: a short report, and how the responder is. Nothing of it has to be said.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { band, report as ownReport } from "../../../shared/sentences/phone/words.ts";
import type { Held } from "../alerts/known.ts";
import { http } from "../api/http.ts";
import type { Report } from "../api/types.ts";
import { take } from "../state/life.ts";
import { t, word } from "../words/i18n.ts";
import { words } from "../words/said.ts";
import { Call } from "./call.tsx";
import { Choice } from "./choice.tsx";
import { errorText } from "./errors.ts";
import { useFacts } from "./facts.ts";
import { LineStrip } from "./line.tsx";
import { SafeAgain } from "./safe.tsx";

/** Characters of the text. */
const TEXT_MAX = 2_000;

const PATIENT = ["handed_over", "not_needed", "not_found"] as const;
const WELFARE = ["fine", "shaken", "unsaid"] as const;

export function After({ held }: { held: Held }) {
  const { alert } = held;
  const [report, setReport] = useState<Report>({ welfare: "unsaid", call_me: false });
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const facts = useFacts(held);
  const own = ownReport(facts);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const say = (part: Partial<Report>) => setReport((old) => ({ ...old, ...part }));
  const away = () => take({ type: "away", id: alert.id });

  async function send(event: Event) {
    event.preventDefault();
    setBusy(true);
    try {
      await http.report(alert.id, report);
      away();
    } catch (caught) {
      setError(errorText(caught));
      setBusy(false);
    }
  }

  return (
    <main class="after scroll" data-alert={alert.id} data-version={alert.version}>
      <LineStrip />
      {alert.exercise && <p class="exercise-band">{words(band(facts))}</p>}
      <form onSubmit={send}>
        <header class="with-call">
          <h1 ref={title} tabIndex={-1}>
            {t("after.title")}
          </h1>
          <Call small />
        </header>
        {own && <p class="note danger-note unsafe-said">{words(own)}</p>}
        {facts.in_danger && <SafeAgain id={alert.id} />}
        <p class="quiet">{t("after.lead")}</p>

        <Choice
          legend={t("after.welfare")}
          name="welfare"
          options={WELFARE.map((one) => [one, word("welfare", one)])}
          value={report.welfare}
          onChange={(welfare) => say({ welfare })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={report.call_me}
            onChange={(event) => say({ call_me: event.currentTarget.checked })}
          />
          <span>{t("after.call_me")}</span>
        </label>
        {report.welfare === "shaken" && <p class="card">{t("after.shaken")}</p>}

        <YesNo name="cpr" legend={t("after.cpr")} value={report.cpr} onChange={(cpr) => say({ cpr })} />
        <YesNo
          name="aed"
          legend={t("after.aed")}
          value={report.aed_used}
          onChange={(aed_used) => say({ aed_used })}
        />
        <Choice
          legend={t("after.patient")}
          name="patient"
          options={PATIENT.map((one) => [one, word("left", one)])}
          value={report.patient}
          onChange={(patient) => say({ patient })}
        />
        <label for="report-text">{t("after.text")}</label>
        <textarea
          id="report-text"
          rows={3}
          maxLength={TEXT_MAX}
          value={report.text ?? ""}
          onInput={(event) => say({ text: event.currentTarget.value })}
        />
        <p class="quiet">{t("after.kept")}</p>
        <p class="error" role="alert">
          {error}
        </p>
        <button type="submit" class="big primary" disabled={busy}>
          {busy ? t("after.sending") : t("after.send")}
        </button>
        <button type="button" class="big plain" onClick={away}>
          {t("after.skip")}
        </button>
      </form>
    </main>
  );
}

interface YesNoProps {
  name: string;
  legend: string;
  value: boolean | undefined;
  onChange(value: boolean): void;
}

function YesNo({ name, legend, value, onChange }: YesNoProps) {
  return (
    <Choice
      legend={legend}
      name={name}
      options={[
        ["yes", t("yes")],
        ["no", t("no")],
      ]}
      value={value === undefined ? undefined : value ? "yes" : "no"}
      onChange={(said) => onChange(said === "yes")}
    />
  );
}
