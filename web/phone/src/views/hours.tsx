// Some hours of every week, to be changed: the days on which they begin, from when and until when.
import type { WeeklyHours } from "../api/types.ts";
import { dayName, t } from "../words/i18n.ts";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** As many as the server takes, in one list or in several together. */
export const HOURS_MAX = 14;

/** The server would take them. */
export const areWhole = (hours: WeeklyHours[]) =>
  hours.every(({ days, from, to }) => days.length > 0 && from && to && from !== to);

interface Props {
  hours: WeeklyHours[];
  onChange(hours: WeeklyHours[]): void;
  /** What a row is called, and the button that takes it away. */
  row(number: number): string;
  remove(number: number): string;
}

export function Hours({ hours, onChange, row, remove }: Props) {
  const patch = (at: number, part: Partial<WeeklyHours>) =>
    onChange(hours.map((one, n) => (n === at ? { ...one, ...part } : one)));
  return hours.map((one, at) => (
    <fieldset key={at} class="hours">
      <legend class="unseen">{row(at + 1)}</legend>
      <div class="days">
        {DAYS.map((day) => (
          <label key={day}>
            <input
              type="checkbox"
              checked={one.days.includes(day)}
              onChange={(event) =>
                patch(at, {
                  days: DAYS.filter((d) => (d === day ? event.currentTarget.checked : one.days.includes(d))),
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
          aria-label={remove(at + 1)}
          onClick={() => onChange(hours.filter((_, n) => n !== at))}
        >
          ✕
        </button>
      </div>
    </fieldset>
  ));
}
