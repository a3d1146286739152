// A place: coordinates, a click on the map, or an address when the server can search for one.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { Found } from "../api/types.ts";
import { home } from "../state/form-facts.ts";
import { type Point, readPlace } from "../state/place.ts";
import { set, useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";

/** Typing rests for so long before an address is searched, milliseconds. */
const REST_MS = 350;
/** Shorter texts are no address. */
const LETTERS_MIN = 3;

interface PlaceFieldProps {
  id: string;
  point: Point | null;
  onPoint: (point: Point | null) => void;
  /** An address was chosen, with its place; otherwise only the place is told. */
  onFound?: (address: string, point: Point) => void;
}

const pointOf = (text: string): Point | null => {
  const read = readPlace(text);
  return "point" in read ? read.point : null;
};
const written = ({ lat, lon }: Point) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

export function PlaceField({ id, point, onPoint, onFound }: PlaceFieldProps) {
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
    const typed = pointOf(text);
    if (point && !found && (typed?.lat !== point.lat || typed?.lon !== point.lon) && typed)
      setText(written(point));
  }, [point?.lat, point?.lon]);

  useEffect(() => {
    const words = text.trim();
    const read = readPlace(words);
    const address = "unread" in read && read.unread === "text";
    if (!search || words.length < LETTERS_MIN || !address || point) return setFound(null);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const [box] = home();
      const near = box ? { lat: (box[1] + box[3]) / 2, lon: (box[0] + box[2]) / 2 } : null;
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
    onPoint(pointOf(value));
  }

  function take(one: Found) {
    setText(one.label);
    setFound(null);
    const point = { lat: one.lat, lon: one.lon };
    if (onFound) onFound(one.label, point);
    else onPoint(point);
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

  const read = readPlace(text);
  // a link that cannot be followed is said; what is half typed is not
  const unread = !point && "unread" in read && read.unread !== "text" ? read.unread : null;
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
      <p id={`${id}-hint`} class={point ? "good" : unread ? "ask" : "quiet"} role="status">
        {point
          ? t("place.known", { place: written(point) })
          : unread
            ? t(`place.unread_${unread}`)
            : t(search ? "place.hint_search" : "place.hint")}
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
