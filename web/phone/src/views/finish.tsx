// Why somebody is finished, in one tap: whether the patient is looked after decides what the control room does next.
import { useLayoutEffect, useRef } from "preact/hooks";
import { FINISH_REASONS, type FinishReason } from "../api/types.ts";
import { t, word } from "../words/i18n.ts";

interface Props {
  onDone(reason: FinishReason | null): void;
  onBack(): void;
}

export function FinishReasons({ onDone, onBack }: Props) {
  const first = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => first.current?.focus(), []);
  return (
    <section class="card reasons" aria-label={t("finish.title")}>
      <h2>{t("finish.title")}</h2>
      {FINISH_REASONS.map((reason, n) => (
        <button
          key={reason}
          ref={n === 0 ? first : null}
          type="button"
          class="big"
          data-reason={reason}
          onClick={() => onDone(reason)}
        >
          {word("finish", reason)}
        </button>
      ))}
      <button type="button" class="big plain" onClick={() => onDone(null)}>
        {t("finish.without")}
      </button>
      <button type="button" class="big plain" onClick={onBack}>
        {t("back")}
      </button>
    </section>
  );
}
