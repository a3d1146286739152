// "I am safe now": ends this responder's own report of danger, and nothing else.
import { say } from "../state/sayings.ts";
import { useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";

export function SafeAgain({ id }: { id: string }) {
  const waits = useStore((state) => state.unsent.some((one) => one.alert_id === id && one.verb === "safe"));
  return (
    <button type="button" class="big safe" disabled={waits} onClick={() => say(id, "safe")}>
      {t("safe.label")}
    </button>
  );
}
