// An alert of `GET /v1/me/alerts` in the shape of the channel's: one vocabulary for the page.
import type { Address, Aed, Alert, Place } from "../generated/phone.js";

type Json = Record<string, unknown>;

const text = (value: unknown) => (typeof value === "string" ? value : "");
const texts = (value: unknown) => (Array.isArray(value) ? value.map(text) : []);
const num = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const millis = (value: unknown) => (typeof value === "string" ? Date.parse(value) || 0 : 0);
const object = (value: unknown) => (value && typeof value === "object" ? (value as Json) : undefined);

const place = (json: Json): Place => ({
  lat: num(json.lat),
  lon: num(json.lon),
  uncertainty_m: num(json.uncertainty_m),
});

const address = (json: Json): Address => ({
  line: text(json.line),
  place_name: text(json.place_name),
  grid: text(json.grid),
  floor: text(json.floor),
  entry_code: text(json.entry_code),
  notes: text(json.notes),
  doubtful: json.doubtful === true,
});

const aed = (json: Json): Aed => ({
  id: text(json.id),
  lat: num(json.lat),
  lon: num(json.lon),
  name: text(json.name),
  access: text(json.access),
  hours: text(json.hours),
  distance_m: num(json.distance_m),
});

/** The alert; what is absent has the default of the protocol. */
export function alertFromJson(json: Json): Alert {
  const [area, where, moved] = [json.approximate_location, json.location, json.moved_from].map(object);
  const [find, fetchAt] = [json.address, json.aed].map(object);
  return {
    id: text(json.id),
    incident_id: text(json.incident_id),
    version: num(json.version),
    kind: text(json.kind),
    patient_group: text(json.patient_group),
    role: text(json.role),
    state: text(json.state),
    exercise: json.exercise === true,
    danger: json.danger === true,
    still_going_asked: json.still_going_asked === true,
    position: text(json.position),
    sent_at_ms: millis(json.sent_at),
    answer_by_ms: millis(json.answer_by),
    expires_at_ms: millis(json.expires_at),
    expires_in_s: num(json.expires_in_s),
    distance_m: num(json.distance_m),
    eta_s: num(json.eta_s),
    message: text(json.message),
    with_patient_at_ms: millis(json.with_patient_at),
    scene: text(json.scene),
    override: json.override === true,
    answer_in_s: num(json.answer_in_s),
    in_danger: json.in_danger === true,
    all_clear_at_ms: millis(json.all_clear_at),
    replaces: texts(json.replaces),
    ended_because: text(json.ended_because),
    outcome: text(json.outcome),
    position_at_ms: millis(json.position_at),
    ...(area && {
      approximate_location: { lat: num(area.lat), lon: num(area.lon), radius_m: num(area.radius_m) },
    }),
    ...(where && { location: place(where) }),
    ...(moved && { moved_from: place(moved) }),
    ...(find && { address: address(find) }),
    ...(fetchAt && { aed: aed(fetchAt) }),
  };
}
