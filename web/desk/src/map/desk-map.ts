// The map: loaded after the list, and fed from the same store.
import type { FeatureCollection } from "geojson";
import {
  AttributionControl,
  type ErrorEvent,
  LngLatBounds,
  Map as MapLibre,
  type MapMouseEvent,
  NavigationControl,
  Popup,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { addLand, addTiles, ground } from "../../../shared/map/base.ts";
import { type Colours, colours } from "../../../shared/map/colours.ts";
import { api } from "../api/client.ts";
import type { Box } from "../api/types.ts";
import { now } from "../state/clock.ts";
import { look, onDensity } from "../state/desk.ts";
import { formFacts, onFormFacts } from "../state/form-facts.ts";
import { isRegion, middle } from "../state/place.ts";
import { allWays, onMove } from "../state/positions.ts";
import { onSettings } from "../state/settings.ts";
import { get, set, subscribe } from "../state/store.ts";
import { everySecond } from "../state/ticker.ts";
import { openIncident } from "../views/route.ts";
import { t } from "../words/i18n.ts";
import { arrival } from "../words/sentences.ts";
import { Cells, COVERAGE_EVERY_MS, type Shown } from "./cells.ts";
import { ABOVE_HEXAGONS, addLayers, colourCells, fill } from "./layers.ts";
import { type Step, steps } from "./scale.ts";
import { aeds, boxOfMost, boxOfPoints, circles, draft, people, signs, trails } from "./shapes.ts";
import { addSigns } from "./signs.ts";

setWorkerUrl(workerUrl);

/** A town fits into the window. */
const TOWN_ZOOM = 12.2;
/** An opened incident is looked at from so near. */
const NEAR_ZOOM = 14;
/** From the middle of an area to its edge, degrees. */
const AREA_DEGREES = 0.3;
/** AEDs are drawn from here on. */
const AED_ZOOM = 12;
/** The map rests for so long before the server is asked about its new part, milliseconds. */
const REST_MS = 300;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export interface Tell {
  /** The map cannot be drawn here. */
  failed(): void;
  /** When the coverage shown was counted, null when none is, and whether not everybody was. */
  coverage(asOf: string | null, partial: boolean): void;
  /** What the colours of the hexagons mean now. */
  scale(steps: Step[]): void;
}

export class DeskMap {
  private readonly map: MapLibre;
  private readonly cells = new Cells();
  private readonly stops: (() => void)[] = [];
  private readonly tell: Tell;
  private c: Colours = colours();
  private shown: Shown = "now";
  private ready = false;
  private counted = false;
  /** The map looks where it should begin, or where a person moved it. */
  private placed = false;
  /** It looks at the areas where people are, and waits for their hexagons to look nearer. */
  private nearing = false;
  private goneTo: string | null = null;
  private rest = 0;
  private drawn = {
    known: get().known.incidents,
    open: get().open,
    rings: get().rings,
    draft: get().draft,
    picking: false,
  };

  constructor(container: HTMLElement, tell: Tell) {
    this.tell = tell;
    const { map: settings } = get();
    const home = settings?.centre ?? null;
    const { bounds } = settings ?? {};
    const region = !home && bounds && isRegion(bounds as Box) ? { bounds: bounds as Box } : {};
    this.placed = home !== null;
    this.map = new MapLibre({
      container,
      style: ground(settings, this.c),
      center: home ? [home.lon, home.lat] : [0, 25],
      zoom: home?.zoom ?? 1.2,
      ...region,
      attributionControl: false,
      locale: {
        "Map.Title": t("map.title"),
        "NavigationControl.ZoomIn": t("map.zoom_in"),
        "NavigationControl.ZoomOut": t("map.zoom_out"),
      },
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      fadeDuration: 0,
      // whoever reads the picture of the map needs it after the frame
      canvasContextAttributes: { antialias: false },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new AttributionControl({ compact: false }), "bottom-right");
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.map.on("style.load", () => void this.dress());
    // "everything is drawn", for whoever waits for the picture
    this.map.on("idle", () => container.toggleAttribute("data-drawn", this.ready));
    this.map.on("movestart", (event) => {
      container.removeAttribute("data-drawn");
      // whoever moves the map has chosen where to look
      if ("originalEvent" in event && event.originalEvent) this.settle();
    });
    this.map.on("moveend", () => this.moved());
    this.map.on("click", (event) => this.click(event));
    this.map.on("mousemove", (event) => this.point(event));
    // a tile that is missing is no reason to alarm anybody
    this.map.on("error", (_event: ErrorEvent) => undefined);
    this.stops.push(
      subscribe(() => this.draw()),
      onMove(() => this.drawPeople()),
      everySecond((at) => this.second(at)),
      onSettings(() => this.redress()),
      onFormFacts(() => this.place()),
      onDensity((density) => {
        this.cells.take(density);
        if (this.shown === "now") this.drawCells();
        // until the part of the map that is seen was counted whole, nobody knows how many
        if (density.full) this.counted = true;
        if (this.counted) set({ reachable: this.cells.reachable(this.box()) });
        if (this.nearing && density.full) this.near();
      }),
    );
  }

  stop(): void {
    for (const stop of this.stops) stop();
    clearTimeout(this.rest);
    this.map.remove();
  }

  /** Chooses what the hexagons show. */
  show(shown: Shown): void {
    this.shown = shown;
    this.tell.coverage(null, false);
    this.drawCells();
    if (typeof shown === "number") void this.cover(shown);
  }

  private box(): Box {
    const bounds = this.map.getBounds();
    const lat = (degrees: number) => Math.max(-90, Math.min(90, degrees));
    const lon = (degrees: number) => Math.max(-180, Math.min(180, degrees));
    return [lon(bounds.getWest()), lat(bounds.getSouth()), lon(bounds.getEast()), lat(bounds.getNorth())];
  }

  /** Puts everything on a new style. */
  private async dress(): Promise<void> {
    const { map: settings } = get();
    addSigns(this.map, this.c);
    addLayers(this.map, this.c);
    this.ready = true;
    this.drawAll();
    this.draw();
    this.moved();
    if (settings?.style_url) return;
    if (settings?.pmtiles) await addTiles(this.map, settings, this.c, ABOVE_HEXAGONS).catch(() => undefined);
    await addLand(this.map, this.c).catch(() => undefined);
  }

  private redress(): void {
    this.c = colours();
    this.ready = false;
    this.map.setStyle(ground(get().map, this.c), { diff: false });
  }

  private drawAll(): void {
    this.drawIncidents();
    this.drawPeople();
    this.drawCells();
    fill(this.map, "draft", draft(get().draft));
    this.drawRings();
    void this.drawAeds();
  }

  /** Draws what is another since the last time. */
  private draw(): void {
    const { known, open, rings, draft: point, picking } = get();
    const before = this.drawn;
    this.drawn = { known: known.incidents, open, rings, draft: point, picking: picking !== null };
    if (!this.ready) return;
    this.place();
    this.goTo(open);
    if (known.incidents !== before.known || open !== before.open) this.later();
    if (rings !== before.rings || open !== before.open) this.drawRings();
    if (point !== before.draft) {
      fill(this.map, "draft", draft(point));
      if (point && !this.map.getBounds().contains([point.lon, point.lat]))
        this.fly([point.lon, point.lat], this.map.getZoom());
    }
    this.map.getCanvas().style.cursor = picking ? "crosshair" : "";
  }

  /** Many events in one frame are drawn once. */
  private frame = 0;
  private later(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.drawIncidents();
    });
  }

  private drawIncidents(): void {
    const { known, open } = get();
    fill(this.map, "incidents", signs(known.incidents.values(), now(), open));
  }

  private drawRings(): void {
    const { known, open, rings } = get();
    const incident = open ? known.incidents.get(open) : undefined;
    fill(
      this.map,
      "rings",
      circles(incident?.location, rings, (wave) => t("people.wave", { wave })),
    );
  }

  private drawPeople(): void {
    if (!this.ready) return;
    const { open, known } = get();
    const at = now();
    const incident = open ? known.incidents.get(open) : undefined;
    const label = (id: string) => {
      const alert = incident?.alerts.find((one) => one.id === id);
      return alert ? arrival(alert, at) : "";
    };
    fill(this.map, "people", people(allWays(), open, { of: label }));
    fill(this.map, "trails", trails(allWays(), open));
  }

  private drawCells(): void {
    if (!this.ready) return;
    const empty = { type: "FeatureCollection" as const, features: [] };
    const data =
      this.shown === "now" ? this.cells.people() : this.shown === "none" ? empty : this.cells.lastCoverage;
    this.fillCells(data);
  }

  private fillCells(data: FeatureCollection): void {
    const counts = data.features.map(({ properties }) => Number(properties?.count));
    const scale = steps(counts, [this.c["people-low"], this.c.people, this.c["people-high"]]);
    colourCells(this.map, scale);
    fill(this.map, "cells", data);
    this.tell.scale(scale);
  }

  private async cover(seconds: number): Promise<void> {
    const data = await this.cells.within(seconds, this.box());
    if (this.shown !== seconds || !this.ready) return;
    if (data) this.fillCells(data);
    this.tell.coverage(this.cells.coverageAsOf, this.cells.partial);
  }

  private async drawAeds(): Promise<void> {
    if (!get().map?.aeds || this.map.getZoom() < AED_ZOOM) return;
    const found = await api.aeds(this.box(), AbortSignal.timeout(5_000)).catch(() => null);
    if (found && this.ready) fill(this.map, "aeds", aeds(found.items));
  }

  private seconds = 0;
  private second(_at: number): void {
    if (!this.ready) return;
    // an incident becomes urgent by waiting
    if (++this.seconds % 5 === 0) this.later();
    const every = COVERAGE_EVERY_MS / 1000;
    if (typeof this.shown === "number" && this.seconds % every === 0) void this.cover(this.shown);
  }

  private moved(): void {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      look({ box: this.box(), zoom: this.map.getZoom() });
      this.counted = false;
      set({ reachable: null });
      if (typeof this.shown === "number") void this.cover(this.shown);
      void this.drawAeds();
    }, REST_MS) as unknown as number;
  }

  /** Begins where people are, or else with the open incidents; until then with the base map, or the earth. */
  private place(): void {
    if (this.placed || !this.ready) return;
    const areas = boxOfPoints(formFacts().areas, AREA_DEGREES);
    const bounds = get().map?.bounds;
    const centre = bounds ? null : middle(get().known.incidents.values());
    if (areas) {
      this.placed = true;
      this.nearing = true;
      this.map.fitBounds(areas, { animate: false });
    } else if (centre) {
      this.placed = true;
      this.map.jumpTo({ center: [centre.lon, centre.lat], zoom: TOWN_ZOOM });
    }
  }

  /** An area is some 50 km wide: looks nearer, at where most of its people are. */
  private near(): void {
    this.nearing = false;
    const box = boxOfMost(this.cells.people().features);
    if (box) this.map.fitBounds(box, { padding: 30, maxZoom: TOWN_ZOOM, animate: false });
  }

  private settle(): void {
    this.placed = true;
    this.nearing = false;
  }

  /** Goes to the opened incident once, as soon as its place is known. */
  private goTo(id: string | null): void {
    if (id === this.goneTo) return;
    const location = id ? get().known.incidents.get(id)?.location : null;
    if (id && !location) return;
    this.goneTo = id;
    if (location) this.settle();
    if (location) this.fly([location.lon, location.lat], Math.max(this.map.getZoom(), NEAR_ZOOM));
  }

  private fly(center: [number, number], zoom: number): void {
    if (calm.matches) this.map.jumpTo({ center, zoom });
    else this.map.easeTo({ center, zoom, duration: 400 });
  }

  private click({ lngLat, point }: MapMouseEvent): void {
    const { picking } = get();
    if (picking) {
      picking({ lat: round(lngLat.lat), lon: round(lngLat.lng) });
      return;
    }
    const [hit] = this.map.queryRenderedFeatures(point, { layers: ["incidents", "aeds"] });
    if (hit?.layer.id === "incidents") openIncident(String(hit.properties.id));
    else if (hit?.properties.words) {
      new Popup({ closeButton: true })
        .setLngLat(lngLat)
        .setText(String(hit.properties.words))
        .addTo(this.map);
    }
  }

  private point({ point }: MapMouseEvent): void {
    if (!this.ready || get().picking) return;
    const over = this.map.queryRenderedFeatures(point, { layers: ["incidents", "aeds"] }).length > 0;
    this.map.getCanvas().style.cursor = over ? "pointer" : "";
  }

  /** All open incidents in one picture. */
  overview(): void {
    const bounds = new LngLatBounds();
    for (const { location, state } of get().known.incidents.values()) {
      if (location && state !== "closed") bounds.extend([location.lon, location.lat]);
    }
    if (!bounds.isEmpty()) this.map.fitBounds(bounds, { padding: 60, maxZoom: 14, animate: !calm.matches });
  }
}

/** A tenth of a metre is enough for a finger. */
const round = (degrees: number) => Math.round(degrees * 1e6) / 1e6;
