// Which actions an incident allows now, and what each of them will do.
import { api } from "../api/client.ts";
import type { Incident } from "../api/types.ts";
import { millis, now } from "../state/clock.ts";
import { distanceM, type Point } from "../state/place.ts";
import { CLOSED_STAY_MS } from "../state/reducer.ts";
import { isEngaged, isUnanswered } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { distance } from "../words/time.ts";
import { placeName } from "./place-name.ts";
import type { Story } from "./use-log.ts";

export type ActionId =
  | "release"
  | "widen"
  | "message"
  | "place"
  | "unsafe"
  | "safe"
  | "ems"
  | "note"
  | "duplicate"
  | "close"
  | "reopen";

/** What the person filled in. */
export interface Filled {
  text: string;
  choice: string;
  point: Point | null;
}

export interface Action {
  id: ActionId;
  /** It stops or frightens people: red. */
  grave?: boolean;
  text?: "required";
  place?: boolean;
  choices?: { code: string; name: string }[];
  does(filled: Filled): string;
  run(filled: Filled): Promise<Incident>;
}

const OUTCOMES = ["ems_on_scene", "stood_down", "completed", "false_alarm"];
/** Another incident farther away is hardly the same one, metres. */
const DUPLICATE_M = 2_000;
/** Minutes until the ambulance, to choose from. */
const EMS_MIN = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30];

export function available(incident: Incident, story: Story, all: ReadonlyMap<string, Incident>): Action[] {
  const { id } = incident;
  if (incident.state === "closed") return reopening(incident);
  const engaged = incident.alerts.filter(isEngaged);
  const on = engaged.length;
  const there = engaged.filter((alert) => alert.state === "on_scene").length;
  const told = incident.alerts.filter((alert) => isUnanswered(alert)).length + on - there;
  const stay = there > 0 ? t("does.stay", { n: there }) : "";
  const actions: Action[] = [];
  if (incident.state === "held") {
    actions.push({
      id: "release",
      text: "required",
      does: () => t("does.release", { plan: incident.plan.id, wanted: incident.wanted }),
      run: ({ text }) => api.release(id, text.trim()),
    });
  }
  const radius = nextRadius(incident, story);
  if (incident.state !== "held" && !incident.danger && radius !== null) {
    actions.push({
      id: "widen",
      does: () => t("does.widen", { wave: incident.wave + 1, radius: distance(radius) }),
      run: () => api.widen(id, incident.wave),
    });
  }
  if (on > 0) {
    actions.push({
      id: "message",
      text: "required",
      does: () => t("does.message", { n: on }),
      run: ({ text }) => api.patch(id, { message: text.trim() }),
    });
  }
  actions.push({
    id: "place",
    place: true,
    does: () => t("does.place", { n: on }),
    run: ({ point }) => api.patch(id, { location: point ?? { lat: Number.NaN, lon: Number.NaN } }),
  });
  if (incident.scene !== "unsafe") {
    actions.push({
      id: "unsafe",
      grave: true,
      does: () => t("does.unsafe", { n: on }),
      run: () => api.patch(id, { scene: "unsafe" }),
    });
  }
  if (incident.scene === "unsafe" || incident.danger) {
    actions.push({ id: "safe", does: () => t("does.safe"), run: () => api.patch(id, { scene: "safe" }) });
  }
  actions.push({
    id: "ems",
    choices: EMS_MIN.map((min) => ({ code: String(min), name: t("eta.minutes", { minutes: min }) })),
    does: () => t("does.ems"),
    run: ({ choice }) => api.patch(id, { ems_eta_s: Number(choice) * 60 }),
  });
  actions.push({
    id: "note",
    text: "required",
    does: () => t("does.note"),
    run: ({ text }) => api.patch(id, { note: text.trim() }),
  });
  const others = nearby(incident, all);
  if (others.length > 0) {
    actions.push({
      id: "duplicate",
      grave: true,
      choices: others,
      does: () => `${t("does.duplicate", { n: told })} ${stay}`,
      run: ({ choice }) => api.close(id, "duplicate", choice),
    });
  }
  actions.push({
    id: "close",
    grave: true,
    choices: OUTCOMES.map((code) => ({ code, name: word("outcome", code) })),
    does: () => `${t("does.close", { n: told })} ${stay}`,
    run: ({ choice }) => api.close(id, choice),
  });
  return actions;
}

function reopening(incident: Incident): Action[] {
  if (!(now() - millis(incident.closed_at) < CLOSED_STAY_MS)) return [];
  return [
    {
      id: "reopen",
      text: "required",
      does: () => t("does.reopen", { wanted: incident.wanted }),
      run: ({ text }) => api.reopen(incident.id, text.trim()),
    },
  ];
}

/** How far the next wave looks, metres; null when the plan has no further wave. */
export function nextRadius(incident: Incident, story: Story): number | null {
  const opening = story.items.find((item) => item.type === "raised")?.detail.opening as
    | { plan?: { waves?: { radius_m: number }[] } }
    | undefined;
  return opening?.plan?.waves?.[incident.wave]?.radius_m ?? null;
}

function nearby(incident: Incident, all: ReadonlyMap<string, Incident>): { code: string; name: string }[] {
  const here = incident.location;
  if (!here) return [];
  const near: { far: number; one: Incident }[] = [];
  for (const one of all.values()) {
    if (one.id === incident.id || one.state === "closed" || !one.location) continue;
    const far = distanceM(here, one.location);
    if (far <= DUPLICATE_M) near.push({ far, one });
  }
  near.sort((a, b) => a.far - b.far);
  return near.slice(0, 20).map(({ far, one }) => ({
    code: one.id,
    name: `${word("kind", one.kind)}, ${placeName(one)} (${distance(far)})`,
  }));
}
