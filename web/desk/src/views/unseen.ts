// Who has not yet seen what they were told: an update, a warning, a stand-down. Pure.
import type { Alert, Incident } from "../api/types.ts";
import { isEngaged } from "../state/urgency.ts";

/** Their phones were woken for something newer than any of them said it shows. */
export const hasNotSeen = ({ told_version, confirmed_version }: Alert) =>
  told_version != null && (confirmed_version ?? 0) < told_version;

/** Responders who have not seen it: of an update those on the incident, of a stand-down the others. */
export function unseen(incident: Incident): { update: string[]; stand_down: string[] } {
  const all = incident.alerts.filter(hasNotSeen);
  const names = (some: Alert[]) => some.map((alert) => alert.responder_id);
  return {
    update: names(all.filter(isEngaged)),
    stand_down: names(all.filter(({ state }) => state === "stood_down")),
  };
}
