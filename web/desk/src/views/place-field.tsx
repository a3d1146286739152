// A place: coordinates, a click on the map, or an address when the server can search for one.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { Found } from "../api/types.ts";
import { middle, type Point, readPoint } from "../state/place.ts";
import { get, set, useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";

/** Typing rests for so long before an address is searched, milliseconds. */
const REST_MS = 350;
/** Shorter texts are no address. */
const LETTERS_MIN = 3;

interface PlaceFieldProps {
  id: string;
  point: Point | null;
  onPoint: (point: Point | null) => void;
}

const written = ({ lat, lon }: Point) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

export function PlaceField({ id, point, onPoint }: PlaceFieldProps) {
  const search = useStore((state) => state.map?.geocoder ?? false);
  const [text, setText] = useState(point ? written(point) : "");
  const [found, setFound] = useState<Found[] | null>(null);
  const [at, setAt] = useState(0);
  const list = `${id}-found`;

  useEffect(() => {
    const pick = (picked: Point) => {
      setFound(null);
      setText(written(picked));
      onPoint(picked);
    };
    set({ picking: pick });
    return () => set({ picking: null });
  }, []);
  // a place that came from elsewhere, as when the numbers were swapped
  useEffect(() => {
    const typed = readPoint(text);
    if (point && !found && (typed?.lat !== point.lat || typed?.lon !== point.lon) && typed)
      setText(written(point));
  }, [point?.lat, point?.lon]);

  useEffect(() => {
    const words = text.trim();
    if (!search || words.length < LETTERS_MIN || readPoint(words) || point) return setFound(null);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const near = get().map?.centre ?? middle(get().known.incidents.values());
      api.geocode(words, near, stop.signal).then(
        ({ items }) => {
          setFound(items.slice(0, 6));
          setAt(0);
        },
        () => setFound([]),
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, search, point]);

  function typed(value: string) {
    setText(value);
    onPoint(readPoint(value));
  }

  function take(one: Found) {
    setText(one.label);
    setFound(null);
    onPoint({ lat: one.lat, lon: one.lon });
  }

  function keys(event: KeyboardEvent) {
    if (!found?.length) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt((at + step + found.length) % found.length);
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      const one = found[at];
      if (one) take(one);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      setFound(null);
    }
  }

  const chosen = found?.length ? { "aria-activedescendant": `${list}-${at}` } : {};
  const combobox = search
    ? { role: "combobox" as const, "aria-expanded": Boolean(found?.length), "aria-controls": list, ...chosen }
    : {};
  return (
    <div class="placefield">
      <label for={id}>{t("form.place")}</label>
      <input
        id={id}
        autocomplete="off"
        spellcheck={false}
        {...combobox}
        aria-describedby={`${id}-hint`}
        placeholder="36.8529, -75.9780"
        value={text}
        onInput={(event) => typed(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <p id={`${id}-hint`} class={point ? "good" : "quiet"}>
        {point
          ? t("place.known", { place: written(point) })
          : search
            ? t("place.hint_search")
            : t("place.hint")}
      </p>
      {found && (
        <div id={list} role="listbox" aria-label={t("place.found")} class="found">
          {found.map((one, n) => (
            // chosen by the field's arrow keys, so it never has the focus itself
            <div
              key={`${one.lat} ${one.lon}`}
              id={`${list}-${n}`}
              role="option"
              tabIndex={-1}
              aria-selected={n === at}
              onPointerDown={(event) => {
                event.preventDefault();
                take(one);
              }}
            >
              {one.label}
            </div>
          ))}
          {found.length === 0 && <p class="quiet">{t("place.not_found")}</p>}
        </div>
      )}
    </div>
  );
}
