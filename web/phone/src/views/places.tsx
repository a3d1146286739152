// Places where somebody usually is at given hours: they are looked for there while the page is closed.
import { useEffect, useState } from "preact/hooks";
import { http } from "../api/http.ts";
import type { UsualPlace } from "../api/types.ts";
import { metres } from "../position/policy.ts";
import { hoursLeft, LABELS, nextPlace, PLACES_MAX } from "../position/usual.ts";
import { positionNow } from "../position/watch.ts";
import { readMe } from "../state/life.ts";
import { positions } from "../state/place.ts";
import { useStore } from "../state/store.ts";
import { distance, t } from "../words/i18n.ts";
import { Choice } from "./choice.tsx";
import { zone } from "./duty.tsx";
import { errorText } from "./errors.ts";
import { areWhole, Hours } from "./hours.tsx";

export function Places() {
  const kept = useStore((state) => state.me?.places?.places ?? null);
  const [places, setPlaces] = useState<UsualPlace[]>(kept ?? []);
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  useEffect(() => setPlaces(kept ?? []), [JSON.stringify(kept)]);
  const change = (next: UsualPlace[]) => {
    setSaid(null);
    setPlaces(next);
  };
  const patch = (at: number, part: Partial<UsualPlace>) =>
    change(places.map((one, n) => (n === at ? { ...one, ...part } : one)));
  const isWhole = places.every(({ hours }) => hours.length > 0 && areWhole(hours));
  const left = hoursLeft(places);

  async function addHere() {
    setSaid(null);
    setAsking(true);
    try {
      const here = await positionNow();
      setPlaces((old) => [...old, nextPlace(old, here)]);
    } catch {
      setSaid({ text: t("places.nowhere"), bad: true });
    } finally {
      setAsking(false);
    }
  }

  async function save() {
    try {
      await http.places(zone(), places);
      setSaid({ text: t(places.length > 0 ? "places.saved" : "places.ended"), bad: false });
      void readMe();
    } catch (caught) {
      setSaid({ text: errorText(caught), bad: true });
    }
  }

  return (
    <section class="card usual-places">
      <h2>{t("places.title")}</h2>
      <p>{t("places.lead")}</p>
      <p class="quiet">{t("places.kept")}</p>
      {places.map((place, at) => (
        <PlaceCard
          key={at}
          place={place}
          number={at + 1}
          left={left}
          onChange={(part) => patch(at, part)}
          onRemove={() => change(places.filter((_, n) => n !== at))}
        />
      ))}
      {places.length < PLACES_MAX && left > 0 && (
        <button type="button" class="big" disabled={asking} onClick={addHere}>
          {t(asking ? "places.asking" : "places.add")}
        </button>
      )}
      <button
        type="button"
        class="big primary"
        disabled={!isWhole || (places.length === 0 && !kept)}
        onClick={save}
      >
        {t("quiet.save")}
      </button>
      <p role="status" class={said?.bad ? "bad" : "good"}>
        {said?.text}
      </p>
    </section>
  );
}

interface Props {
  place: UsualPlace;
  number: number;
  left: number;
  onChange(part: Partial<UsualPlace>): void;
  onRemove(): void;
}

function PlaceCard({ place, number, left, onChange, onRemove }: Props) {
  const here = positions()?.fix;
  const first = place.hours[0];
  return (
    <fieldset class="usual-place">
      <legend>{t("places.row", { number })}</legend>
      <Choice
        legend={t("places.label")}
        name={`place-${number}`}
        options={LABELS.map((label) => [label, t(`places.is_${label}`)] as const)}
        value={LABELS.find((label) => label === place.label)}
        onChange={(label) => onChange({ label })}
      />
      {here && <p class="quiet">{t("places.away", { distance: distance(metres(here, place)) })}</p>}
      <Hours
        hours={place.hours}
        onChange={(hours) => onChange({ hours })}
        row={(row) => t("places.hours", { row, number })}
        remove={(row) => t("places.remove_hours", { row, number })}
      />
      {left > 0 && (
        <button
          type="button"
          class="big"
          aria-label={t("places.add_hours_to", { number })}
          onClick={() =>
            onChange({
              hours: [...place.hours, first ?? { days: ["sat", "sun"], from: "10:00", to: "18:00" }],
            })
          }
        >
          {t("places.add_hours")}
        </button>
      )}
      <button type="button" class="big plain" onClick={onRemove}>
        {t("places.remove", { number })}
      </button>
    </fieldset>
  );
}
