// The layers of what the desk knows, above the ground.

import type { FeatureCollection } from "geojson";
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from "maplibre-gl";
import type { Colours } from "../../../shared/map/colours.ts";
import type { Step } from "./scale.ts";
import { collection } from "./shapes.ts";

export const SOURCES = ["cells", "rings", "trails", "aeds", "people", "incidents", "draft"] as const;
export type SourceName = (typeof SOURCES)[number];

/** Adds sources and layers that are missing, with nothing in them. */
export function addLayers(map: MapLibre, c: Colours): void {
  for (const name of SOURCES) {
    if (!map.getSource(name)) map.addSource(name, { type: "geojson", data: collection([]) });
  }
  for (const layer of layers(c)) if (!map.getLayer(layer.id)) map.addLayer(layer);
  // the names of somebody's style stay readable above the hexagons
  const names = map.getStyle().layers.find((layer) => layer.type === "symbol" && layer.source !== undefined);
  if (names && !isOurs(names)) for (const id of HEXAGONS) map.moveLayer(id, names.id);
}

const isOurs = (layer: LayerSpecification) =>
  "source" in layer && SOURCES.includes(layer.source as SourceName);

/** Names of the ground are drawn above the hexagons: below this layer. */
export const ABOVE_HEXAGONS = "rings";
const HEXAGONS = ["cells", "cell-edges"];

/** Gives the hexagons the colours of the legend. */
export function colourCells(map: MapLibre, steps: readonly Step[]): void {
  const [first, ...rest] = steps;
  if (!first) return;
  const later = rest.flatMap(({ from, colour }) => [from, colour]);
  map.setPaintProperty(
    "cells",
    "fill-color",
    rest.length > 0 ? ["step", ["get", "count"], first.colour, ...later] : first.colour,
  );
}

/** Where streets and houses matter, hexagons are a breath of colour, and then nothing. */
const fading = (most: number) => ["interpolate", ["linear"], ["zoom"], 11.5, most, 14, most / 3, 16, 0];

export function fill(map: MapLibre, name: SourceName, data: FeatureCollection): void {
  (map.getSource(name) as GeoJSONSource | undefined)?.setData(data);
}

const text = { "text-font": ["sans-serif"], "text-size": 12 };

function layers(c: Colours): LayerSpecification[] {
  const near = ["boolean", ["get", "near"], false];
  const halo = { "text-halo-color": c.panel, "text-halo-width": 1.8 };
  return [
    {
      id: "cells",
      type: "fill",
      source: "cells",
      paint: {
        // until something was counted; then by the steps of the legend
        "fill-color": c.people,
        "fill-opacity": fading(0.75),
      },
    },
    {
      id: "cell-edges",
      type: "line",
      source: "cells",
      paint: { "line-color": c.panel, "line-opacity": fading(0.7), "line-width": 0.8 },
    },
    {
      id: "rings",
      type: "line",
      source: "rings",
      paint: { "line-color": c.accent, "line-width": 1.6, "line-dasharray": [3, 2] },
    },
    {
      id: "ring-names",
      type: "symbol",
      source: "rings",
      layout: {
        ...text,
        "symbol-placement": "line",
        "symbol-spacing": 400,
        "text-field": ["get", "wave"],
        "text-max-angle": 60,
      },
      paint: { "text-color": c.accent, ...halo },
    },
    {
      id: "trails",
      type: "line",
      source: "trails",
      layout: { "line-join": "round", "line-cap": "round" },
      paint: {
        "line-color": c.ok,
        "line-width": ["case", near, 4, 2],
        "line-opacity": ["case", near, 0.75, 0.4],
      },
    },
    {
      id: "aeds",
      type: "symbol",
      source: "aeds",
      minzoom: 12,
      layout: { "icon-image": "sign-aed", "icon-size": 0.7, "icon-allow-overlap": true },
    },
    {
      id: "people",
      type: "circle",
      source: "people",
      paint: {
        "circle-radius": ["case", near, 7, 4.5],
        "circle-color": c.ok,
        "circle-stroke-color": c.panel,
        "circle-stroke-width": ["case", near, 2.5, 1.5],
      },
    },
    {
      id: "open",
      type: "circle",
      source: "incidents",
      filter: ["==", ["get", "open"], true],
      paint: {
        "circle-radius": 22,
        "circle-color": c.accent,
        "circle-opacity": 0.18,
        "circle-stroke-color": c.accent,
        "circle-stroke-width": 2,
      },
    },
    {
      id: "incidents",
      type: "symbol",
      source: "incidents",
      layout: {
        "icon-image": ["get", "sign"],
        "icon-allow-overlap": true,
        // drawn in order: the most urgent last, on top
        "symbol-sort-key": ["-", 100, ["get", "rank"]],
      },
    },
    {
      id: "people-names",
      type: "symbol",
      source: "people",
      filter: ["!=", ["get", "label"], ""],
      layout: {
        ...text,
        "text-field": ["get", "label"],
        "text-anchor": "left",
        "text-offset": [0.9, 0],
        "text-optional": true,
      },
      paint: { "text-color": c.ink, ...halo },
    },
    {
      id: "draft",
      type: "symbol",
      source: "draft",
      layout: { "icon-image": "sign-draft", "icon-allow-overlap": true },
    },
  ] as LayerSpecification[];
}
