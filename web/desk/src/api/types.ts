// The shapes of the server's API, by the names that the page uses.
import type { components } from "../generated/api.d.ts";

type Schemas = components["schemas"];

/** What a person raised, with everybody asked. */
export type Incident = Omit<Schemas["IncidentView"], "alerts"> & {
  alerts: Alert[];
  acknowledged?: Acknowledged[];
};
/** One ask to one responder. */
export type Alert = Schemas["DeskAlert"];
export type FeedAlert = Schemas["FeedAlert"];
export type Address = Schemas["AddressView"];
/** One line of the log; what `detail` holds depends on the type. */
export type LogItem = Omit<Schemas["LogItem"], "detail"> & { detail: Record<string, unknown> };

/** A page of incidents and where the feed goes on after it. */
export interface IncidentPage {
  items: Incident[];
  next?: string | null;
  feed_cursor: string;
}

/** What can be wrong with an incident so that it must be heard. */
export type AlarmKind = "danger" | "unsafe" | "nobody_coming" | "exhausted";

/** Somebody heard an alarm and says so. */
export interface Acknowledged {
  alarm: AlarmKind;
  by: string;
  at: string;
}

/** Who is signed in. */
export interface Session {
  sub: string;
  role: string;
  org: string;
  expires_at: string;
  simulated: boolean;
}

/** Where somebody on an incident was last. */
export interface Position {
  responder_id: string;
  incident_id: string;
  alert_id: string;
  lat: number;
  lon: number;
  accuracy_m: number;
  at: string;
}

/** Corners of a hexagon as longitude and latitude; the last is not the first again. */
export type Ring = [number, number][];

/** How many people who could be alerted are in one cell. */
export interface DensityCell {
  cell: string;
  count: number;
  ring?: Ring;
}

export interface Density {
  resolution: number;
  full: boolean;
  cells: DensityCell[];
}

/** How many people could be in a cell by each of `seconds`. */
export interface Coverage {
  resolution: number;
  as_of: string;
  seconds: number[];
  cells: { cell: string; counts: number[]; ring?: Ring }[];
}

export interface Person {
  responder_id: string;
  name?: string | null;
  phone?: string | null;
}

export interface Aed {
  id: string;
  lat: number;
  lon: number;
  name?: string | null;
  access?: string | null;
  hours?: string | null;
}

/** A place that the address search found. */
export interface Found {
  label: string;
  lat: number;
  lon: number;
}

/** What the server knows about maps. */
export interface MapSettings {
  style_url: string | null;
  pmtiles: boolean;
  attribution: string | null;
  centre: { lat: number; lon: number; zoom: number } | null;
  geocoder: boolean;
  aeds: boolean;
}

/** An error as the server tells it (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string;
}

/** The report that the form sends. */
export interface Report {
  kind: string;
  location: { lat: number; lon: number; uncertainty_m?: number };
  address?: Partial<Record<"line" | "floor" | "entry_code" | "notes" | "place_name" | "grid", string>>;
  called_at?: string;
  patient?: { age_y: number };
  scene: string;
  place?: string;
  ems_eta_s?: number;
  exercise: boolean;
}

/** A change of an open incident; what is absent stays. */
export interface Patch {
  location?: { lat: number; lon: number };
  scene?: "safe" | "unsafe" | "unknown";
  ems_eta_s?: number;
  note?: string;
  message?: string;
}

/** A box on the map, degrees: west, south, east, north. */
export type Box = [number, number, number, number];
