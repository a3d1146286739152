// What the desk can do about one person on an incident.
import { does } from "../../../shared/sentences/desk/does.ts";
import { api } from "../api/client.ts";
import type { Alert, Incident } from "../api/types.ts";
import { isEngaged, isUnanswered } from "../state/urgency.ts";
import { word } from "../words/i18n.ts";
import { said } from "../words/sentences.ts";
import type { Action } from "./action-list.ts";

/** Where a mistaken arrival or end may be taken back to, the nearest first. */
const BACK: Record<string, string[]> = {
  on_scene: ["en_route", "accepted"],
  finished: ["on_scene", "en_route", "accepted"],
};

/** `who` is the name of the person. */
export function personActions(incident: Incident, alert: Alert, who: string): Action[] {
  if (incident.state === "closed") return [];
  const { id } = incident;
  const actions: Action[] = [];
  if (isEngaged(alert) || isUnanswered(alert)) {
    const there = alert.state === "on_scene";
    actions.push({
      id: "stand_down",
      grave: true,
      text: "optional",
      does: () => said([does(there ? "does.stand_down_there" : "does.stand_down", { who })]),
      run: ({ text }) => api.standDown(id, alert.id, text.trim()),
    });
  }
  const back = alert.round === incident.round ? BACK[alert.state] : undefined;
  if (back) {
    actions.push({
      id: "take_back",
      text: "optional",
      choices: back.map((code) => ({ code, name: word("alertstate", code) })),
      does: () => said([does("does.correct", { who })]),
      run: ({ choice, text }) => api.correct(id, alert.id, choice, text.trim()),
    });
  }
  return actions;
}
