// Quiet hours of every week: no alert then, and duty comes back by itself.
import { useEffect, useState } from "preact/hooks";
import { http } from "../api/http.ts";
import type { QuietHours } from "../api/types.ts";
import { readMe } from "../state/life.ts";
import { useStore } from "../state/store.ts";
import { dayName, t } from "../words/i18n.ts";
import { zone } from "./duty.tsx";
import { errorText } from "./errors.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** As many as the server takes. */
const HOURS_MAX = 14;
const NIGHT: QuietHours = { days: DAYS, from: "22:00", to: "07:00" };

export function Quiet() {
  const kept = useStore((state) => state.me?.quiet?.hours ?? null);
  const [hours, setHours] = useState<QuietHours[]>(kept ?? []);
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  useEffect(() => setHours(kept ?? []), [JSON.stringify(kept)]);
  const patch = (at: number, part: Partial<QuietHours>) => {
    setSaid(null);
    setHours((old) => old.map((one, n) => (n === at ? { ...one, ...part } : one)));
  };
  const isWhole = hours.every(({ days, from, to }) => days.length > 0 && from && to && from !== to);

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
      {hours.map((one, at) => (
        <fieldset key={at} class="hours">
          <legend class="unseen">{t("quiet.row", { number: at + 1 })}</legend>
          <div class="days">
            {DAYS.map((day) => (
              <label key={day}>
                <input
                  type="checkbox"
                  checked={one.days.includes(day)}
                  onChange={(event) =>
                    patch(at, {
                      days: DAYS.filter((d) =>
                        d === day ? event.currentTarget.checked : one.days.includes(d),
                      ),
                    })
                  }
                />
                <span>{dayName(day)}</span>
              </label>
            ))}
          </div>
          <div class="times">
            <label>
              {t("quiet.from")}
              <input
                type="time"
                value={one.from}
                onInput={(event) => patch(at, { from: event.currentTarget.value })}
              />
            </label>
            <label>
              {t("quiet.to")}
              <input
                type="time"
                value={one.to}
                onInput={(event) => patch(at, { to: event.currentTarget.value })}
              />
            </label>
            <button
              type="button"
              aria-label={t("quiet.remove", { number: at + 1 })}
              onClick={() => {
                setSaid(null);
                setHours((old) => old.filter((_, n) => n !== at));
              }}
            >
              ✕
            </button>
          </div>
        </fieldset>
      ))}
      {hours.length < HOURS_MAX && (
        <button
          type="button"
          class="big"
          onClick={() => {
            setSaid(null);
            setHours((old) => [...old, NIGHT]);
          }}
        >
          {t("quiet.add")}
        </button>
      )}
      <button type="button" class="big primary" disabled={!isWhole} onClick={save}>
        {t("quiet.save")}
      </button>
      <p role="status" class={said?.bad ? "bad" : "good"}>
        {said?.text}
      </p>
    </section>
  );
}
