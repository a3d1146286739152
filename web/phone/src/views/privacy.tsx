// What is kept of a responder, where, and for how long: in plain words.
import { t } from "../words/i18n.ts";

const PARTS = ["position", "places", "push", "incident", "phone", "report", "maps"] as const;

export function Privacy() {
  return (
    <details class="card privacy">
      <summary>{t("privacy.title")}</summary>
      <ul class="plainlist">
        {PARTS.map((part) => (
          <li key={part}>{t(`privacy.${part}`)}</li>
        ))}
      </ul>
    </details>
  );
}
