// On duty, off duty, off until seven; and the hours of every night.
import { useState } from "preact/hooks";
import { http } from "../api/http.ts";
import { askedBy } from "../device/asked.ts";
import { readMe } from "../state/life.ts";
import { get, set, useStore } from "../state/store.ts";
import { dayTime, t } from "../words/i18n.ts";
import { errorText } from "./errors.ts";

/** When "off until seven" ends, in the person's own zone. */
const MORNING = "07:00";
/** The zone of this phone, as the server wants it. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function Duty() {
  const me = useStore((state) => state.me);
  const facts = useStore((state) => state.facts);
  const device = useStore((state) => state.device);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  if (!me) {
    return (
      <section class="duty">
        <h1>{t("duty.unknown")}</h1>
        <p class="quiet">{t("duty.unknown_lead")}</p>
      </section>
    );
  }

  async function change(ask: () => Promise<{ on: boolean; until?: string | null }>) {
    setBusy(true);
    setError("");
    try {
      const { on, until } = await ask();
      const now = get().me;
      if (now) set({ me: { ...now, on_duty: on, duty_until: until ?? null } });
      void readMe();
    } catch (caught) {
      setError(errorText(caught));
    } finally {
      setBusy(false);
    }
  }

  const { on_duty: on, duty_until: until, state } = me;
  const verified = state === "verified";
  const untilText = until ? dayTime(until) : "";
  const asked = askedBy(me, facts, device);
  const lead = !on
    ? until
      ? t("duty.off_until", { until: untilText })
      : t("duty.off_lead")
    : !verified
      ? t("duty.pending_lead")
      : until
        ? t(asked === "nowhere" ? "duty.on_until_nowhere" : "duty.on_until", { until: untilText })
        : t(`duty.on_${asked}`);
  const isAsked = on && verified && asked !== "nowhere";
  return (
    <section class={`duty ${on && verified ? "is-on" : "is-off"} ${isAsked ? "is-asked" : ""}`}>
      <h1>{on ? (verified ? t("duty.on") : t("duty.on_pending")) : t("duty.off")}</h1>
      <p role="status">{lead}</p>
      {!on && (
        <button type="button" class="big primary" disabled={busy} onClick={() => change(http.onDuty)}>
          {t("duty.go_on")}
        </button>
      )}
      {(on || !until) && (
        <button
          type="button"
          class="big"
          disabled={busy}
          onClick={() => change(() => http.offDuty({ until_local: MORNING, zone: zone() }))}
        >
          {t("duty.until_seven")}
        </button>
      )}
      {on && (
        <button type="button" class="big plain" disabled={busy} onClick={() => change(() => http.offDuty())}>
          {t("duty.go_off")}
        </button>
      )}
      <p class="error" role="alert">
        {error}
      </p>
    </section>
  );
}
