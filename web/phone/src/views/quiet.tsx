// Quiet hours of every week: no alert then, and duty comes back by itself.
import { useEffect, useState } from "preact/hooks";
import { http } from "../api/http.ts";
import type { WeeklyHours } from "../api/types.ts";
import { readMe } from "../state/life.ts";
import { useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";
import { zone } from "./duty.tsx";
import { errorText } from "./errors.ts";
import { areWhole, DAYS, HOURS_MAX, Hours } from "./hours.tsx";

const NIGHT: WeeklyHours = { days: DAYS, from: "22:00", to: "07:00" };

export function Quiet() {
  const kept = useStore((state) => state.me?.quiet?.hours ?? null);
  const [hours, setHours] = useState<WeeklyHours[]>(kept ?? []);
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  useEffect(() => setHours(kept ?? []), [JSON.stringify(kept)]);
  const change = (next: WeeklyHours[]) => {
    setSaid(null);
    setHours(next);
  };

  async function save() {
    try {
      await http.quiet(zone(), hours);
      setSaid({ text: t("quiet.saved"), bad: false });
      void readMe();
    } catch (caught) {
      setSaid({ text: errorText(caught), bad: true });
    }
  }

  return (
    <section class="card quiet-hours">
      <h2>{t("quiet.title")}</h2>
      <p>{t("quiet.lead", { zone: zone() })}</p>
      <Hours
        hours={hours}
        onChange={change}
        row={(number) => t("quiet.row", { number })}
        remove={(number) => t("quiet.remove", { number })}
      />
      {hours.length < HOURS_MAX && (
        <button type="button" class="big" onClick={() => change([...hours, NIGHT])}>
          {t("quiet.add")}
        </button>
      )}
      <button type="button" class="big primary" disabled={!areWhole(hours)} onClick={save}>
        {t("quiet.save")}
      </button>
      <p role="status" class={said?.bad ? "bad" : "good"}>
        {said?.text}
      </p>
    </section>
  );
}
