// Where it is and how to get in; where the defibrillator hangs and how to get at it.
import { useState } from "preact/hooks";
import { isDanger, type PhoneFacts } from "../../../shared/sentences/phone/facts.ts";
import { addressWord, newPlace, noAddress } from "../../../shared/sentences/phone/words.ts";
import type { Aed, Alert } from "../api/types.ts";
import { handOff } from "../device/hand-off.ts";
import { platform } from "../device/platform.ts";
import { useStore } from "../state/store.ts";
import { distance, t } from "../words/i18n.ts";
import { words } from "../words/said.ts";
import { MapBox } from "./map-box.tsx";

export function PlaceCard({ alert, facts }: { alert: Alert; facts: PhoneFacts }) {
  const { location, address } = alert;
  const [map, setMap] = useState(false);
  const lines: [string, string | undefined][] = [
    [words(addressWord("floor", facts)), address?.floor],
    [words(addressWord("notes", facts)), address?.notes],
    [words(addressWord("grid", facts)), address?.grid],
  ];
  const title = newPlace(facts);
  const way = location && (
    <>
      <Way where={location} quiet={isDanger(facts)} />
      <button type="button" class="big plain" aria-expanded={map} onClick={() => setMap(!map)}>
        {map ? t("map.hide") : t("map.show")}
      </button>
      {map && <MapBox place={location} {...(alert.aed && { aed: alert.aed })} />}
    </>
  );
  return (
    <>
      {title && way && (
        <section class="card">
          <h2>{words(title)}</h2>
          {way}
        </section>
      )}
      <section class={`card place ${facts.doubtful ? "is-doubtful" : ""}`}>
        <h2>{words(addressWord("title", facts))}</h2>
        {facts.address ? (
          <p class="address">{address?.line || address?.place_name}</p>
        ) : (
          <p class="address">{words(noAddress())}</p>
        )}
        {address?.line && address.place_name && <p class="house">{address.place_name}</p>}
        {address?.entry_code && (
          <p class="code">
            <span>{words(addressWord("code", facts))}</span> <strong>{address.entry_code}</strong>
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
        {!title && way}
      </section>
    </>
  );
}

export function AedCard({ aed, danger }: { aed: Aed; danger: boolean }) {
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
      <Way where={aed} quiet={danger} />
    </section>
  );
}

/** Hands the place over to the phone's own navigation; `quiet` where nobody should go. */
function Way({ where, quiet }: { where: { lat: number; lon: number }; quiet: boolean }) {
  const travel = useStore((state) => state.me?.travel ?? "foot");
  return (
    <p class="ways">
      {handOff(where, travel, platform()).map(({ name, href }, n) => (
        <a
          key={name}
          class={`big button ${n === 0 && !quiet ? "primary" : ""}`}
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
