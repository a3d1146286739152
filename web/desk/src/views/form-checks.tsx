// What the form asks about before it sends, and what the server said after it was sent.
import type { Incident } from "../api/types.ts";
import { now, secondsSince } from "../state/clock.ts";
import type { Doubt, Point } from "../state/place.ts";
import { useTime } from "../state/ticker.ts";
import { urgency } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { firstWords } from "../words/sentences.ts";
import { distance, elapsed } from "../words/time.ts";
import { Mark } from "./mark.tsx";
import { placeName } from "./place-name.ts";
import { incidentLink, openIncident } from "./route.ts";

interface DoubtfulProps {
  doubt: Doubt;
  /** The person has seen the question and may send all the same. */
  asked: boolean;
  instead: (point: Point) => void;
}

/** A place that is probably wrong, with what may have been meant. */
export function Doubtful({ doubt, asked, instead }: DoubtfulProps) {
  return (
    <div class="ask" role="alert">
      <p>
        {doubt.doubt === "far"
          ? t("place.far", { distance: distance(doubt.distance_m) })
          : t(`place.${doubt.doubt}`)}{" "}
        {asked && doubt.doubt !== "impossible" && t("place.send_anyway")}
      </p>
      {doubt.instead.map(({ how, point }) => (
        <button key={`${point.lat} ${point.lon}`} type="button" onClick={() => instead(point)}>
          {t(`place.${how}`, { place: `${point.lat.toFixed(5)}, ${point.lon.toFixed(5)}` })}
        </button>
      ))}
    </div>
  );
}

/** Open incidents that may be the same call: shown, and in nobody's way. */
export function Same({ incidents, close }: { incidents: Incident[]; close: () => void }) {
  const at = useTime((time) => Math.floor(time / 1000)) * 1000;
  return (
    <div class="ask" role="status">
      <p>{t("same.title", { n: incidents.length })}</p>
      {incidents.slice(0, 3).map((incident) => (
        <a key={incident.id} class="sameline" href={incidentLink(incident.id)} onClick={close}>
          <Mark urgency={urgency(incident, now())} size={18} />
          <span>
            {word("kind", incident.kind)} · {placeName(incident)} ·{" "}
            {elapsed(secondsSince(incident.called_at ?? incident.opened_at, at))}
            <br />
            {firstWords(incident, at)}
          </span>
        </a>
      ))}
    </div>
  );
}

/** A warning of the server in words; `name:field` names the field. */
export function warningText(warning: string): string {
  const [name = "", field = ""] = warning.split(":", 2);
  const text = word("warning", name);
  return field ? `${text}: ${field}` : text;
}

/** It is raised, and something was not understood. */
export function Warnings({ warnings, id, close }: { warnings: string[]; id: string; close: () => void }) {
  const go = () => {
    close();
    openIncident(id);
  };
  return (
    <div class="form" role="dialog" aria-labelledby="warnings-title">
      <h1 id="warnings-title">{t("warnings.title")}</h1>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warningText(warning)}</li>
        ))}
      </ul>
      <button type="button" class="primary wide" ref={(button) => button?.focus()} onClick={go}>
        {t("warnings.go")}
      </button>
    </div>
  );
}
