// Who has given no sign of life since they were told something. The ledger records no receipt of an
// update or a stand-down, so this says less than "has not seen it", and never more. Pure.
import type { Incident, LogItem } from "../api/types.ts";
import { millis } from "../state/clock.ts";
import { isEngaged } from "../state/urgency.ts";

export interface Silence {
  what: "update" | "stand_down";
  /** When they were told. */
  at: string;
  /** Responders. */
  silent: string[];
}

const UPDATES = ["message_sent", "moved", "address_changed", "scene_changed"];

/** The last thing that people were told, and who is silent since. */
export function unheard(incident: Incident, items: LogItem[]): Silence | null {
  if (incident.state === "closed") {
    const told = new Set(items.filter((item) => item.type === "stood_down").map((item) => item.alert_id));
    // a phone that never gave a receipt of the ask will hardly have told of its end
    const silent = incident.alerts.filter(
      (alert) => told.has(alert.id) && !alert.received_at && !alert.heard_at,
    );
    return {
      what: "stand_down",
      at: incident.closed_at ?? "",
      silent: silent.map((alert) => alert.responder_id),
    };
  }
  const last = items.findLast((item) => UPDATES.includes(item.type));
  if (!last) return null;
  const silent = incident.alerts.filter(
    (alert) => isEngaged(alert) && !(millis(alert.heard_at ?? alert.accepted_at) > millis(last.at)),
  );
  return { what: "update", at: last.at, silent: silent.map((alert) => alert.responder_id) };
}
