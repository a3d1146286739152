// The map of an incident: where it is, where the defibrillator hangs, where this phone is.
import {
  AttributionControl,
  LngLatBounds,
  Map as MapLibre,
  Marker,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { addTiles, ground, type MapSettings } from "../../../shared/map/base.ts";
import { colours } from "../../../shared/map/colours.ts";
import { http } from "../api/http.ts";
import { everyBeat } from "../state/ticker.ts";
import { t } from "../words/i18n.ts";

setWorkerUrl(workerUrl);

/** A street with its houses. */
const STREET_ZOOM = 15.5;
/** A server without maps of its own, or an older one that shows them to the desk only. */
const NO_TILES: MapSettings = { style_url: null, pmtiles: false, attribution: null };

interface Point {
  lat: number;
  lon: number;
}

/** A map that is drawn. */
export interface Drawn {
  /** There are streets: the server has tiles or a style. */
  streets: boolean;
  /** Takes it away again. */
  stop(): void;
}

/** Draws it. */
export async function drawMap(
  container: HTMLElement,
  place: Point,
  aed: Point | null,
  own: () => Point | null,
): Promise<Drawn> {
  const settings = await http.map().catch(() => NO_TILES);
  const c = colours();
  const map = new MapLibre({
    container,
    style: ground(settings, c),
    center: [place.lon, place.lat],
    zoom: STREET_ZOOM,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    maxPitch: 0,
    fadeDuration: 0,
    locale: {
      "Map.Title": t("map.title"),
      "NavigationControl.ZoomIn": t("map.zoom_in"),
      "NavigationControl.ZoomOut": t("map.zoom_out"),
    },
    // one finger scrolls the page, two move the map
    cooperativeGestures: true,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new AttributionControl({ compact: true }), "bottom-right");
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  map.on("idle", () => container.toggleAttribute("data-drawn", true));
  // a tile that is missing is no reason to alarm anybody
  map.on("error", () => undefined);
  map.on("style.load", () => {
    if (settings.style_url) return;
    // a street is on land: the continents, which the desk draws, are a megabyte for nothing here
    map.setPaintProperty("sea", "background-color", c.land);
    if (settings.pmtiles) void addTiles(map, settings, c).catch(() => undefined);
  });

  mark(map, place, "mark-place", t("map.place"));
  if (aed) mark(map, aed, "mark-aed", t("map.aed"));
  const bounds = new LngLatBounds([place.lon, place.lat], [place.lon, place.lat]);
  for (const point of [aed, own()]) if (point) bounds.extend([point.lon, point.lat]);
  map.fitBounds(bounds, { padding: 48, maxZoom: STREET_ZOOM, animate: false });

  let me: Marker | null = null;
  const unbeat = everyBeat(() => {
    const at = own();
    if (!at) return;
    me ??= mark(map, at, "mark-own", t("map.own"));
    me.setLngLat([at.lon, at.lat]);
  });
  return {
    streets: settings.pmtiles || Boolean(settings.style_url),
    stop: () => {
      unbeat();
      map.remove();
    },
  };
}

function mark(map: MapLibre, { lat, lon }: Point, look: string, name: string): Marker {
  const element = document.createElement("div");
  element.className = `mark ${look}`;
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", name);
  return new Marker({ element }).setLngLat([lon, lat]).addTo(map);
}
