// Where it is and how to get in; where the defibrillator hangs and how to get at it.
import { useState } from "preact/hooks";
import type { Aed, Alert } from "../api/types.ts";
import { handOff } from "../device/hand-off.ts";
import { platform } from "../device/platform.ts";
import { useStore } from "../state/store.ts";
import { distance, t } from "../words/i18n.ts";
import { MapBox } from "./map-box.tsx";

export function PlaceCard({ alert }: { alert: Alert }) {
  const { location, address } = alert;
  const [map, setMap] = useState(false);
  const lines: [string, string | undefined][] = [
    [t("address.floor"), address?.floor],
    [t("address.notes"), address?.notes],
    [t("address.grid"), address?.grid],
  ];
  return (
    <section class="card place">
      <h2>{t("address.title")}</h2>
      <p class="address">{address?.line || address?.place_name || t("address.none")}</p>
      {address?.line && address.place_name && <p class="house">{address.place_name}</p>}
      {address?.entry_code && (
        <p class="code">
          <span>{t("address.code")}</span> <strong>{address.entry_code}</strong>
        </p>
      )}
      <dl>
        {lines.map(
          ([name, text]) =>
            text && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ),
        )}
      </dl>
      {location && <Way where={location} />}
      {location && (
        <button type="button" class="big plain" aria-expanded={map} onClick={() => setMap(!map)}>
          {map ? t("map.hide") : t("map.show")}
        </button>
      )}
      {map && location && <MapBox place={location} {...(alert.aed && { aed: alert.aed })} />}
    </section>
  );
}

export function AedCard({ aed }: { aed: Aed }) {
  return (
    <section class="card aed">
      <h2>{t("aed.title")}</h2>
      <p class="address">{aed.name || t("aed.unnamed")}</p>
      <dl>
        {aed.access && (
          <div>
            <dt>{t("aed.access")}</dt>
            <dd>{aed.access}</dd>
          </div>
        )}
        <div>
          <dt>{t("aed.hours")}</dt>
          <dd>{aed.hours || t("aed.hours_unknown")}</dd>
        </div>
        <div>
          <dt>{t("aed.from")}</dt>
          <dd>{distance(aed.distance_m)}</dd>
        </div>
      </dl>
      <Way where={aed} />
    </section>
  );
}

/** Hands the place over to the phone's own navigation. */
function Way({ where }: { where: { lat: number; lon: number } }) {
  const travel = useStore((state) => state.me?.travel ?? "foot");
  return (
    <p class="ways">
      {handOff(where, travel, platform()).map(({ name, href }, n) => (
        <a
          key={name}
          class={`big button ${n === 0 ? "primary" : ""}`}
          href={href}
          target={name === "system" ? undefined : "_blank"}
          rel="noreferrer"
        >
          {t(`way.${name}`)}
        </a>
      ))}
    </p>
  );
}
