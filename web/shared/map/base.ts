// The ground of both maps: Natural Earth for orientation, the server's own tiles when it has
// some, or somebody's style.

import type { GeoJSON } from "geojson";
import {
  addProtocol,
  type LayerSpecification,
  type Map as MapLibre,
  type StyleSpecification,
} from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import landUrl from "world-atlas/land-10m.json?url";
import type { Colours } from "./colours.ts";

/** What the server says about its maps. */
export interface MapSettings {
  /** Somebody's style, instead of everything here. */
  style_url?: string | null;
  /** The server has tiles of its own. */
  pmtiles: boolean;
  attribution?: string | null;
}

/** Below this layer lies the ground, above it what the page knows. */
export const GROUND = "ground-end";
const TILES = "/v1/map/base.pmtiles";

const protocol = new Protocol();
addProtocol("pmtiles", protocol.tile);

/** The style to begin with; the land comes later, so that the map is there at once. */
export function ground(settings: MapSettings | null, colours: Colours): StyleSpecification | string {
  if (settings?.style_url) return settings.style_url;
  return {
    version: 8,
    sources: {},
    layers: [
      { id: "sea", type: "background", paint: { "background-color": colours.sea } },
      { id: GROUND, type: "background", paint: { "background-opacity": 0 } },
    ],
  };
}

let land: Promise<GeoJSON> | null = null;

/** The continents, read once. */
function readLand(): Promise<GeoJSON> {
  land ??= fetch(landUrl)
    .then((response) => response.json())
    .then((world: Topology<{ land: GeometryCollection }>) => feature(world, world.objects.land));
  return land;
}

export async function addLand(map: MapLibre, colours: Colours): Promise<void> {
  const data = await readLand();
  if (map.getSource("land") || !map.getLayer(GROUND)) return;
  map.addSource("land", { type: "geojson", data, tolerance: 0.2, attribution: "Natural Earth" });
  map.addLayer(
    {
      id: "land",
      type: "fill",
      source: "land",
      paint: { "fill-color": colours.land, "fill-antialias": false },
    },
    firstAbove(map),
  );
  map.addLayer(
    { id: "coast", type: "line", source: "land", paint: { "line-color": colours.coast, "line-width": 1 } },
    firstAbove(map),
  );
}

/** The first layer that must stay above the land. */
function firstAbove(map: MapLibre): string {
  return map.getLayer("tiles-first") ? "tiles-first" : GROUND;
}

/**
 * Streets, houses and names of the server's own tiles, in the OpenMapTiles schema. Names are drawn below the layer
 * `namesBelow` of the page, or with the rest.
 */
export async function addTiles(
  map: MapLibre,
  settings: MapSettings,
  colours: Colours,
  namesBelow = GROUND,
): Promise<void> {
  const url = `${location.origin}${TILES}`;
  const tiles = new PMTiles(url);
  protocol.add(tiles);
  const about = (await tiles.getMetadata()) as { vector_layers?: { id: string }[]; json?: string } | null;
  // some makers of tiles put the list into a text of its own
  const listed =
    about?.vector_layers ?? (JSON.parse(about?.json ?? "{}") as typeof about)?.vector_layers ?? [];
  const known = new Set(listed.map(({ id }) => id));
  if (map.getSource("tiles") || !map.getLayer(GROUND)) return;
  const attribution = settings.attribution ?? "";
  map.addSource("tiles", { type: "vector", url: `pmtiles://${url}`, attribution });
  map.addLayer({ id: "tiles-first", type: "background", paint: { "background-opacity": 0 } }, GROUND);
  for (const layer of streets(colours)) {
    if ("source-layer" in layer && known.has(layer["source-layer"] ?? ""))
      map.addLayer(layer, layer.type === "symbol" ? namesBelow : GROUND);
  }
}

function streets(c: Colours): LayerSpecification[] {
  const from = (id: string, layer: string) => ({ id: `tiles-${id}`, source: "tiles", "source-layer": layer });
  const big = ["in", ["get", "class"], ["literal", ["motorway", "trunk", "primary"]]];
  const name = ["coalesce", ["get", "name:latin"], ["get", "name"]];
  const halo = { "text-color": c.muted, "text-halo-color": c.land, "text-halo-width": 1.4 };
  return [
    { ...from("green", "landcover"), type: "fill", paint: { "fill-color": c.green, "fill-opacity": 0.5 } },
    { ...from("park", "park"), type: "fill", paint: { "fill-color": c.green, "fill-opacity": 0.6 } },
    { ...from("water", "water"), type: "fill", paint: { "fill-color": c.sea } },
    // the same by the names of Protomaps
    { ...from("earth", "earth"), type: "fill", paint: { "fill-color": c.land } },
    { ...from("waterway", "waterway"), type: "line", paint: { "line-color": c.water } },
    { ...from("building", "building"), type: "fill", minzoom: 14, paint: { "fill-color": c.building } },
    {
      ...from("road", "transportation"),
      type: "line",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": c.road,
        "line-width": [
          "interpolate",
          ["exponential", 1.5],
          ["zoom"],
          9,
          ["case", big, 1, 0.2],
          14,
          ["case", big, 4, 1.4],
          18,
          ["case", big, 18, 9],
        ],
      },
    },
    { ...from("buildings", "buildings"), type: "fill", minzoom: 14, paint: { "fill-color": c.building } },
    {
      ...from("roads", "roads"),
      type: "line",
      paint: {
        "line-color": c.road,
        "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, 0.4, 14, 2, 18, 10],
      },
    },
    {
      ...from("roadname", "transportation_name"),
      type: "symbol",
      minzoom: 13,
      layout: {
        "symbol-placement": "line",
        "text-field": name,
        "text-font": ["sans-serif"],
        "text-size": 11,
      },
      paint: halo,
    },
    {
      ...from("place", "place"),
      type: "symbol",
      layout: { "text-field": name, "text-font": ["sans-serif"], "text-size": 13 },
      paint: { ...halo, "text-color": c.ink },
    },
    {
      ...from("places", "places"),
      type: "symbol",
      layout: { "text-field": name, "text-font": ["sans-serif"], "text-size": 13 },
      paint: { ...halo, "text-color": c.ink },
    },
  ] as LayerSpecification[];
}
