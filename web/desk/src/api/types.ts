// The shapes of the server's API, by the names that the page uses.
import type { AlarmKind } from "../../../shared/sentences/desk/facts.ts";
import type { components } from "../generated/api.d.ts";

type Schemas = components["schemas"];

export type { AlarmKind } from "../../../shared/sentences/desk/facts.ts";

/** Somebody heard an alarm and says so. */
export type Acknowledged = Omit<Schemas["AcknowledgedView"], "alarm"> & { alarm: AlarmKind };
/** What a person raised, with everybody asked. */
export type Incident = Omit<Schemas["IncidentView"], "acknowledged"> & { acknowledged: Acknowledged[] };
/** One ask to one responder. */
export type Alert = Schemas["DeskAlert"];
export type FeedAlert = Schemas["FeedAlert"];
export type Address = Schemas["AddressView"];
/** One line of the log; what `detail` holds depends on the type. */
export type LogItem = Omit<Schemas["LogItem"], "detail"> & { detail: Record<string, unknown> };
/** Who is signed in. */
export type Session = Schemas["SessionView"];
/** How far somebody on an incident has to go. */
export type Approach = Schemas["FeedApproach"];
/** Where somebody on an incident was last. */
export type Position = Schemas["FeedPosition"];
export type Person = Schemas["PersonView"];
/** Who can be alerted now, and who has gone silent. */
export type Readiness = Schemas["ReadinessView"];
/** Somebody who is enrolled. */
export type Responder = Schemas["ResponderView"];
/** Somebody to be enrolled. */
export type Enrolment = Schemas["EnrolResponder"];
/** A change of somebody; what is absent stays. */
export type Amendment = Schemas["AmendResponder"];
/** Somebody who wants to be called after an incident. */
export type FollowUp = Schemas["FollowUpView"];
/** A page of them, with how many wait. */
export type FollowUpPage = Schemas["FollowUpItems"];
/** What somebody told after an incident, as far as whoever looks may read it. */
export type KeptReport = Schemas["ReportView"];
/** What a registered phone last said of itself. */
export type Phone = Schemas["PhoneView"];
/** A code that signs a phone in, once. */
export type SignInCode = Schemas["CodeView"];
/** A credential of another app that reports a position. */
export type Tracker = Schemas["TrackerView"];
/** A new one with its secret, which is shown once. */
export type TrackerMade = Schemas["TrackerMade"];
export type Aed = Schemas["AedView"];
/** A place that the address search found. */
export type Found = Schemas["NamedPlaceView"];
/** What a report is checked against before it is sent. */
export type FormFacts = Schemas["FormView"];
/** What the server knows about maps. */
export type MapSettings = Schemas["MapView"];

/** Corners of a hexagon as longitude and latitude; the last is not the first again. */
export type Ring = [number, number][];
/** How many people who could be alerted are in one cell. */
export type DensityCell = Omit<Schemas["DensityCell"], "ring"> & { ring?: Ring };
/** Changes of the cells; `full` replaces everything. */
export type Density = Omit<Schemas["FeedDensity"], "cells"> & { cells: DensityCell[] };
/** How many people could be in a cell by each of `seconds`. */
export type Coverage = Omit<Schemas["CoverageView"], "cells"> & {
  cells: (Omit<Schemas["CoverageCell"], "ring"> & { ring?: Ring })[];
};

/** A page of incidents and where the feed goes on after it. */
export interface IncidentPage {
  items: Incident[];
  next?: string | null;
  feed_cursor: string;
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
  kind?: string;
  location?: { lat: number; lon: number };
  /** Whole; null removes it. */
  address?: Report["address"] | null;
  /** The address of the earlier place is right for this one, too. */
  address_confirmed?: true;
  /** Null: not known. */
  patient?: { age_y: number } | null;
  place?: string;
  scene?: "safe" | "unsafe" | "unknown";
  ems_eta_s?: number;
  note?: string;
  message?: string;
}

/** A box on the map, degrees: west, south, east, north. */
export type Box = [number, number, number, number];
