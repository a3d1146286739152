// The map's half of the page, with what its hexagons show and what they mean.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Shown } from "../map/cells.ts";
import type { DeskMap } from "../map/desk-map.ts";
import type { Step } from "../map/scale.ts";
import { millis, now } from "../state/clock.ts";
import { readFormFacts } from "../state/form-facts.ts";
import { useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { CLASSES } from "../state/urgency.ts";
import { number, t, word } from "../words/i18n.ts";
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
  const [scale, setScale] = useState<Step[]>([]);
  const [failed, setFailed] = useState(false);
  const [counted, setCounted] = useState<{ asOf: string | null; partial: boolean }>({
    asOf: null,
    partial: false,
  });

  useEffect(() => {
    if (!settings || !box.current) return;
    let gone = false;
    const container = box.current;
    void readFormFacts();
    import("../map/desk-map.ts")
      .then(({ DeskMap }) => {
        if (!gone)
          map.current = new DeskMap(container, {
            failed: () => setFailed(true),
            coverage: (asOf, partial) => setCounted({ asOf, partial }),
            scale: (next) => setScale((old) => (same(old, next) ? old : next)),
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
      <div class="maphead">
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
      </div>
      <Legend shown={shown} scale={scale} {...counted} />
    </section>
  );
}

const same = (one: Step[], other: Step[]) => JSON.stringify(one) === JSON.stringify(other);

interface LegendProps {
  shown: Shown;
  scale: Step[];
  asOf: string | null;
  partial: boolean;
}

function Legend({ shown, scale, asOf, partial }: LegendProps) {
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
          <li class="scale">
            <span>
              {shown === "now" ? t("map.key_now") : t("map.key_within", { minutes: shown / 60 })}
              {old && ` (${t("map.old", { age: old })})`} {partial && t("map.partial")}
            </span>
            <Scale steps={scale} />
          </li>
        )}
      </ul>
    </details>
  );
}

/** The colours of the hexagons with their numbers of people. */
function Scale({ steps }: { steps: Step[] }) {
  return (
    <span class="scalesteps">
      {steps.map(({ from, to, colour }) => (
        <span key={from}>
          <i class="key-cells" style={{ background: colour }} />
          {to === null
            ? t("map.from", { from: number(from) })
            : from === to
              ? number(from)
              : `${number(from)}–${number(to)}`}
        </span>
      ))}
    </span>
  );
}
