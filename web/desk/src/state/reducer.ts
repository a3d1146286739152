// What the page knows, changed by what the server says. Pure, and safe against repeats.
import type { Alert, Approach, FeedAlert, Incident } from "../api/types.ts";
import { isEngaged, isUnheardDanger } from "./urgency.ts";

/** Closed incidents stay on the page for so long, milliseconds: they can be opened again. */
export const CLOSED_STAY_MS = 30 * 60_000;

/** What the page knows of incidents. */
export interface Known {
  /** By id. */
  incidents: ReadonlyMap<string, Incident>;
  /** An acknowledgement of an alarm that was over since: it counts no more. By `incident alarm`. */
  spent: ReadonlyMap<string, string>;
}

export type Change =
  /** Everything open, and closed ones that ring, read anew. */
  | { type: "read"; items: Incident[]; now: number }
  | { type: "incident"; incident: Incident }
  | { type: "alert"; alert: FeedAlert }
  /** Whoever is on the way was heard from. */
  | { type: "approach"; items: Approach[] }
  /** Time went on. */
  | { type: "tick"; now: number }
  | { type: "spent"; keys: [string, string][] };

export const NOTHING: Known = { incidents: new Map(), spent: new Map() };

/** How far an ask has come; later states win when the versions are equal. */
const PROGRESS = [
  "queued",
  "sent",
  "received",
  "seen",
  "lapsed",
  "unreachable",
  "accepted",
  "en_route",
  "on_scene",
  "finished",
  "declined",
  "withdrawn",
  "stood_down",
  "expired",
];

/** The state after `change`; the same object when nothing changed. */
export function reduce(known: Known, change: Change): Known {
  switch (change.type) {
    case "read":
      return read(known, change.items, change.now);
    case "incident":
      return withIncident(known, change.incident);
    case "alert":
      return withAlert(known, change.alert);
    case "approach":
      return withApproaches(known, change.items);
    case "tick":
      return forget(known, change.now);
    case "spent":
      return { ...known, spent: new Map([...known.spent, ...change.keys]) };
  }
}

/** The list replaces what was known: after a reset even versions may have been set back. */
function read(known: Known, items: Incident[], now: number): Known {
  const incidents = new Map(items.map((incident) => [incident.id, incident]));
  for (const [id, old] of known.incidents) {
    if (old.state === "closed" && !incidents.has(id) && stays(old, now)) incidents.set(id, old);
  }
  return { ...known, incidents };
}

const stays = (incident: Incident, now: number) =>
  isUnheardDanger(incident) || !incident.closed_at || now - Date.parse(incident.closed_at) < CLOSED_STAY_MS;

function withIncident(known: Known, next: Incident): Known {
  const old = known.incidents.get(next.id);
  if (old && old.version > next.version) return known;
  const incident = old && old.version === next.version ? merge(old, next) : next;
  return { ...known, incidents: new Map(known.incidents).set(next.id, incident) };
}

/** Receipts change an ask and not the incident's version: each ask is as new as either says. */
function merge(old: Incident, next: Incident): Incident {
  const before = new Map(old.alerts.map((alert) => [alert.id, alert]));
  return { ...next, alerts: next.alerts.map((alert) => newer(before.get(alert.id), alert)) };
}

function newer(old: Alert | undefined, next: Alert): Alert {
  if (!old || next.version > old.version) return next;
  if (next.version < old.version) return old;
  return PROGRESS.indexOf(next.state) >= PROGRESS.indexOf(old.state) ? next : old;
}

function withAlert(known: Known, next: FeedAlert): Known {
  const incident = known.incidents.get(next.incident_id);
  const old = incident?.alerts.find((alert) => alert.id === next.id);
  if (!incident || !old) return known;
  const { change: _change, incident_id: _incident, ...alert } = next;
  const chosen = newer(old, alert);
  if (chosen === old) return known;
  const alerts = incident.alerts.map((one) => (one.id === chosen.id ? chosen : one));
  return { ...known, incidents: new Map(known.incidents).set(incident.id, { ...incident, alerts }) };
}

function withApproaches(known: Known, items: Approach[]): Known {
  const incidents = new Map(known.incidents);
  let changed = false;
  for (const { incident_id, alert_id, ...way } of items) {
    const incident = incidents.get(incident_id);
    const old = incident?.alerts.find((alert) => alert.id === alert_id);
    // whoever is done is nowhere; and what was overtaken by a newer position says nothing
    if (!incident || !old || !isEngaged(old) || (old.position_at ?? "") > way.position_at) continue;
    // it may have been computed before they said that they set off, and their word stands
    const left = way.left || old.state === "en_route";
    const alerts = incident.alerts.map((one) => (one === old ? { ...old, ...way, left } : one));
    incidents.set(incident_id, { ...incident, alerts });
    changed = true;
  }
  return changed ? { ...known, incidents } : known;
}

function forget(known: Known, now: number): Known {
  const gone = [...known.incidents.values()].filter((one) => one.state === "closed" && !stays(one, now));
  if (gone.length === 0) return known;
  const incidents = new Map(known.incidents);
  const spent = new Map(known.spent);
  for (const { id } of gone) {
    incidents.delete(id);
    for (const key of spent.keys()) if (key.startsWith(`${id} `)) spent.delete(key);
  }
  return { incidents, spent };
}
