// The map's half of the page, with what its hexagons show and what they mean.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Shown } from "../map/cells.ts";
import type { DeskMap } from "../map/desk-map.ts";
import { millis, now } from "../state/clock.ts";
import { useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { CLASSES } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { age } from "../words/time.ts";
import { Mark } from "./mark.tsx";

/** What can be chosen; the numbers are seconds and stand in the coverage's answer. */
const CHOICES: Shown[] = ["now", 180, 300, 480, "none"];

/** `covered`: something else lies on it; it goes on where it was. */
export function MapPane({ covered }: { covered: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const map = useRef<DeskMap | null>(null);
  const settings = useStore((state) => state.map);
  const picking = useStore((state) => state.picking !== null);
  const [shown, setShown] = useState<Shown>("now");
  const [failed, setFailed] = useState(false);
  const [counted, setCounted] = useState<{ asOf: string | null; partial: boolean }>({
    asOf: null,
    partial: false,
  });

  useEffect(() => {
    if (!settings || !box.current) return;
    let gone = false;
    const container = box.current;
    import("../map/desk-map.ts")
      .then(({ DeskMap }) => {
        if (!gone)
          map.current = new DeskMap(container, {
            failed: () => setFailed(true),
            coverage: (asOf, partial) => setCounted({ asOf, partial }),
          });
      })
      // no WebGL, or the file did not come: the list is the desk
      .catch(() => setFailed(true));
    return () => {
      gone = true;
      map.current?.stop();
      map.current = null;
    };
  }, [settings]);

  function choose(next: Shown) {
    setShown(next);
    map.current?.show(next);
  }

  return (
    <section
      class={`mappane ${picking ? "picking" : ""} ${covered ? "mapcovered" : ""}`}
      aria-label={t("map.pane")}
      inert={covered}
    >
      <div class="mapbox" ref={box} />
      {failed && <p class="mapfailed">{t("map.failed")}</p>}
      {picking && <p class="pickhint">{t("map.pick")}</p>}
      <div class="maptools">
        <fieldset class="choice">
          <legend class="unseen">{t("map.show")}</legend>
          {CHOICES.map((one) => (
            <label key={String(one)}>
              <input type="radio" name="shown" checked={shown === one} onChange={() => choose(one)} />
              <span>
                {typeof one === "number" ? t("map.within", { minutes: one / 60 }) : t(`map.${one}`)}
              </span>
            </label>
          ))}
        </fieldset>
        <button type="button" onClick={() => map.current?.overview()}>
          {t("map.overview")}
        </button>
      </div>
      <Legend shown={shown} {...counted} />
    </section>
  );
}

function Legend({ shown, asOf, partial }: { shown: Shown; asOf: string | null; partial: boolean }) {
  const old = useTime(() => (asOf ? age((now() - millis(asOf)) / 1000) : ""));
  return (
    <details class="legend">
      <summary>{t("map.legend")}</summary>
      <ul>
        {CLASSES.filter((one) => one !== "closed").map((one) => (
          <li key={one}>
            <Mark urgency={one} size={16} /> {word("urgency", one)}
          </li>
        ))}
        <li>
          <i class="key-person" /> {t("map.key_person")}
        </li>
        <li>
          <i class="key-ring" /> {t("map.key_ring")}
        </li>
        {shown !== "none" && (
          <li>
            <i class="key-cells" />{" "}
            {shown === "now" ? t("map.key_now") : t("map.key_within", { minutes: shown / 60 })}
            {old && ` (${t("map.old", { age: old })})`} {partial && t("map.partial")}
          </li>
        )}
      </ul>
    </details>
  );
}
