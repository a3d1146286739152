// Calls by which somebody at this desk chooses an unsafe scene: the choice is known before the feed tells of it.
import { api } from "../api/client.ts";
import type { Incident, Patch, Report } from "../api/types.ts";
import { answer, chose } from "./choices.ts";
import { now } from "./clock.ts";
import type { Raising } from "./raising.ts";
import { get, set } from "./store.ts";
import type { Alarm } from "./urgency.ts";

/** Raises an incident; see `Raising`. */
export async function raise(
  raising: Raising,
  report: Report,
): Promise<{ incident: Incident; first: boolean }> {
  if (report.scene !== "unsafe") return raising.raise(report);
  set({ choices: { ...get().choices, raising: now() } });
  try {
    const raised = await raising.raise(report);
    if (raised.incident.scene === "unsafe") set({ choices: chose(get().choices, raised.incident.id, now()) });
    return raised;
  } finally {
    set({ choices: { ...get().choices, raising: null } });
  }
}

/** Changes an incident. */
export async function patch(id: string, what: Patch): Promise<Incident> {
  if (what.scene !== "unsafe") return api.patch(id, what);
  const before = get().choices;
  set({ choices: chose(before, id, now()) });
  try {
    return await api.patch(id, what);
  } catch (error) {
    set({ choices: before });
    throw error;
  }
}

/** Whoever is at this desk knows, until the next time that it is due. */
export const answered = ({ incident, kind, due = 0 }: Alarm) =>
  set({ choices: answer(get().choices, incident.id, kind, due) });
