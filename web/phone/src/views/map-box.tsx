// A map, only when somebody asks for it: its files are three times as big as the page.
import { useEffect, useRef, useState } from "preact/hooks";
import { positions } from "../state/place.ts";
import { t } from "../words/i18n.ts";

interface Props {
  place: { lat: number; lon: number };
  aed?: { lat: number; lon: number };
}

export function MapBox({ place, aed }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const [streets, setStreets] = useState(true);
  useEffect(() => {
    let stop: (() => void) | null = null;
    let gone = false;
    import("../map/phone-map.ts")
      .then(async ({ drawMap }) => {
        if (gone || !box.current) return;
        const drawn = await drawMap(box.current, place, aed ?? null, () => positions()?.fix ?? null);
        if (gone) return drawn.stop();
        stop = drawn.stop;
        setStreets(drawn.streets);
      })
      .catch(() => setFailed(true));
    return () => {
      gone = true;
      stop?.();
    };
  }, [place.lat, place.lon]);
  return (
    <>
      <div class="mapframe">
        <div class="mapbox" ref={box} />
        {failed && <p class="quiet">{t("map.failed")}</p>}
      </div>
      {!streets && <p class="quiet">{t("map.no_streets")}</p>}
    </>
  );
}
