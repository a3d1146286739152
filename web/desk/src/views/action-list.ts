// Which actions an incident allows now, and what each of them will do.
import {
  does,
  doesClose,
  doesMerge,
  doesReopen,
  doesSafe,
  doesUnsafe,
  heldOtherwise,
  shouldStay,
} from "../../../shared/sentences/desk/does.ts";
import { mayClose } from "../../../shared/sentences/desk/next.ts";
import { api } from "../api/client.ts";
import type { Incident } from "../api/types.ts";
import { patch } from "../state/choosing.ts";
import { millis, now } from "../state/clock.ts";
import { distanceM } from "../state/place.ts";
import { CLOSED_STAY_MS } from "../state/reducer.ts";
import { isEngaged } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { said } from "../words/sentences.ts";
import { distance } from "../words/time.ts";
import { placeName } from "./place-name.ts";
import type { Story } from "./use-log.ts";

export type ActionId =
  | "release"
  | "override"
  | "widen"
  | "message"
  | "details"
  | "unsafe"
  | "safe"
  | "ems"
  | "note"
  | "duplicate"
  | "close"
  | "reopen"
  | "stand_down"
  | "take_back";

/** What the person filled in. */
export interface Filled {
  text: string;
  choice: string;
}

export interface Action {
  id: ActionId;
  /** It stops or frightens people: red. */
  grave?: boolean;
  /** It is what should be done now. */
  advised?: boolean;
  text?: "required" | "optional";
  choices?: { code: string; name: string }[];
  /** What must be read and agreed to before it is done. */
  asks?(filled: Filled): string | null;
  does(filled: Filled): string;
  run(filled: Filled): Promise<Incident>;
}

/** What an action depends on, besides the incident. */
export interface Around {
  story: Story;
  /** Everything that is open. */
  all: ReadonlyMap<string, Incident>;
  /** Whoever is signed in may take a coordinator's decisions. */
  leads: boolean;
}

const OUTCOMES = ["ems_on_scene", "stood_down", "completed", "false_alarm"];
/** Another incident farther away is hardly the same one, metres. */
const DUPLICATE_M = 2_000;
/** Minutes until the ambulance, to choose from. */
const EMS_MIN = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30];

export function available(incident: Incident, around: Around): Action[] {
  const { id } = incident;
  if (incident.state === "closed") return reopening(incident);
  const on = incident.alerts.filter(isEngaged).length;
  const actions: Action[] = [...beginning(incident, around), ...widening(incident, around.story)];
  if (on > 0) {
    actions.push({
      id: "message",
      text: "required",
      does: () => said([does("does.message", { n: on })]),
      run: ({ text }) => patch(id, { message: text.trim() }),
    });
  }
  actions.push(details, ...scene(incident, around.story));
  actions.push({
    id: "ems",
    choices: EMS_MIN.map((min) => ({ code: String(min), name: t("eta.minutes", { minutes: min }) })),
    does: () => said([does("does.ems")]),
    run: ({ choice }) => patch(id, { ems_eta_s: Number(choice) * 60 }),
  });
  actions.push({
    id: "note",
    text: "required",
    does: () => said([does("does.note")]),
    run: ({ text }) => patch(id, { note: text.trim() }),
  });
  actions.push(...merging(incident, around.all));
  const close: Action = {
    id: "close",
    choices: OUTCOMES.map((code) => ({ code, name: word("outcome", code) })),
    does: () => said(doesClose(incident), " "),
    run: ({ choice }) => api.close(id, choice),
  };
  // only where nobody is needed any more is it offered before everything else
  return mayClose(incident)
    ? [{ ...close, advised: true }, ...actions]
    : [...actions, { ...close, grave: true }];
}

/** The form that corrects what is known; it says by itself what it will do. */
const details: Action = {
  id: "details",
  does: () => "",
  run: () => Promise.reject(new Error("the form sends by itself")),
};

/** Starting what is held; where there is danger only by a coordinator's own decision. */
function beginning(incident: Incident, { leads }: Around): Action[] {
  if (incident.state !== "held") return [];
  const { id, plan, wanted } = incident;
  if (!incident.danger && incident.scene !== "unsafe") {
    return [
      {
        id: "release",
        text: "required",
        does: () => said([does("does.release", { plan: plan.id, wanted })]),
        run: ({ text }) => api.release(id, text.trim()),
      },
    ];
  }
  if (!leads) return [];
  return [
    {
      id: "override",
      grave: true,
      text: "required",
      does: () => said([does("does.override")]),
      run: ({ text }) => api.release(id, text.trim(), "scene_unsafe"),
    },
  ];
}

function widening(incident: Incident, story: Story): Action[] {
  const radius_m = incident.next?.radius_m ?? nextRadius(incident, story);
  const stopped = incident.danger && !incident.override;
  if (incident.state === "held" || stopped || radius_m === null) return [];
  const wave = incident.wave + 1;
  return [
    {
      id: "widen",
      does: () => said([does("does.widen", { wave, radius_m })]),
      run: () => api.widen(incident.id, incident.wave),
    },
  ];
}

function scene(incident: Incident, story: Story): Action[] {
  const { id } = incident;
  const actions: Action[] = [];
  if (incident.scene !== "unsafe") {
    actions.push({
      id: "unsafe",
      grave: true,
      does: () => said(doesUnsafe(incident)),
      run: () => patch(id, { scene: "unsafe" }),
    });
  }
  const heldForScene = incident.held_reasons.some((reason) => reason.startsWith("scene_"));
  const reports = incident.alerts.filter((alert) => alert.in_danger);
  if (incident.scene !== "safe" ? incident.danger || heldForScene : incident.danger || reports.length > 0) {
    const names = reports.map((alert) => story.people.get(alert.responder_id)?.name ?? alert.responder_id);
    const held = heldOtherwise(incident, now(), planOf(story)?.max_call_age_s ?? null);
    actions.push({
      id: "safe",
      asks: () => (names.length > 0 ? said([does("does.open_reports", { who: names.join(", ") })]) : null),
      does: () => said(doesSafe(incident, held), " "),
      run: () => patch(id, { scene: "safe" }),
    });
  }
  return actions;
}

function reopening(incident: Incident): Action[] {
  if (!(now() - millis(incident.closed_at) < CLOSED_STAY_MS)) return [];
  return [
    {
      id: "reopen",
      text: "required",
      does: () => said(doesReopen(incident), " "),
      run: ({ text }) => api.reopen(incident.id, text.trim()),
    },
  ];
}

interface Plan {
  waves?: { radius_m: number }[];
  max_call_age_s?: number;
}

/** The rules that the incident runs by now, from its log. */
function planOf(story: Story): Plan | null {
  const changed = story.items.findLast((item) => item.type === "kind_changed")?.detail.plan;
  const opening = story.items.find((item) => item.type === "raised")?.detail.opening;
  return ((changed ?? (opening as { plan?: Plan } | undefined)?.plan) as Plan | undefined) ?? null;
}

/** How far the next wave looks, metres; null when the plan has no further wave. */
export const nextRadius = (incident: Incident, story: Story): number | null =>
  planOf(story)?.waves?.[incident.wave]?.radius_m ?? null;

/** Two are the same call: either closes and names the other. */
function merging(incident: Incident, all: ReadonlyMap<string, Incident>): Action[] {
  const pairs = nearby(incident, all).flatMap((other) => {
    const name = `${word("kind", other.kind)}, ${placeName(other)} (${distance(farFrom(incident, other))})`;
    const both = [
      { code: `this ${other.id}`, name: t("merge.closes_this", { name }), closes: incident, stays: other },
      { code: `other ${other.id}`, name: t("merge.closes_other", { name }), closes: other, stays: incident },
    ];
    // what should be done is offered first
    return shouldStay(incident, other) === incident ? both.reverse() : both;
  });
  if (pairs.length === 0) return [];
  const chosen = ({ choice }: Filled) => pairs.find(({ code }) => code === choice) ?? pairs[0];
  return [
    {
      id: "duplicate",
      grave: true,
      choices: pairs,
      does: (filled) => {
        const pair = chosen(filled);
        return pair ? said(doesMerge(pair.closes, pair.stays, pair.closes !== incident), " ") : "";
      },
      run: (filled) => {
        const pair = chosen(filled);
        if (!pair) return Promise.reject(new Error("nothing is chosen"));
        return api.close(pair.closes.id, "duplicate", pair.stays.id);
      },
    },
  ];
}

const farFrom = (one: Incident, other: Incident) =>
  one.location && other.location ? distanceM(one.location, other.location) : Number.POSITIVE_INFINITY;

/** Open incidents so near that they may be the same call, the nearest first. */
function nearby(incident: Incident, all: ReadonlyMap<string, Incident>): Incident[] {
  const near: { far: number; one: Incident }[] = [];
  for (const one of all.values()) {
    if (one.id === incident.id || one.state === "closed" || one.exercise !== incident.exercise) continue;
    const far = farFrom(incident, one);
    if (far <= DUPLICATE_M) near.push({ far, one });
  }
  near.sort((a, b) => a.far - b.far);
  return near.slice(0, 20).map(({ one }) => one);
}
