// Everybody asked, by wave: why they were asked, and how far their answer has come.
import { useState } from "preact/hooks";
import type { Alert, Incident } from "../api/types.ts";
import { useTime } from "../state/ticker.ts";
import { isEngaged } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { askedCount, notSeen, passedWords, personWords, unseenWords, whyAsked } from "../words/sentences.ts";
import { distance } from "../words/time.ts";
import type { Action } from "./action-list.ts";
import { CallPerson } from "./approach.tsx";
import { Confirm } from "./confirm.tsx";
import { personActions } from "./person-actions.ts";
import { rings } from "./rings.ts";
import type { Story } from "./use-log.ts";

/** The steps of an answer, as a line of beads. */
const STEPS = ["sent", "received", "seen", "accepted", "en_route", "on_scene"];
/** States that say no, or nothing. */
const ENDED = ["declined", "withdrawn", "lapsed", "stood_down", "unreachable", "expired"];

export function People({ incident, story }: { incident: Incident; story: Story }) {
  const waves = new Map<string, Alert[]>();
  for (const alert of incident.alerts) {
    const of = `${alert.round} ${alert.wave}`;
    waves.set(of, [...(waves.get(of) ?? []), alert]);
  }
  const radii = rings(story.items);
  if (incident.alerts.length === 0) return null;
  return (
    <section class="people">
      <h2>{askedCount(incident)}</h2>
      {unseenWords(incident, (id) => story.people.get(id)?.name ?? id).map((words) => (
        <p key={words} class="ask">
          {words}
        </p>
      ))}
      {[...waves.values()]
        .map((alerts) => ({ alerts, wave: alerts[0]?.wave ?? 0, round: alerts[0]?.round ?? 1 }))
        .sort((a, b) => b.round - a.round || b.wave - a.wave)
        .map(({ alerts, wave, round }) => (
          <div key={`${round} ${wave}`} class="wave">
            <h3>
              {nameOf(incident, round, wave)}
              {round === incident.round && radii[wave - 1] !== undefined && (
                <small> {t("people.radius", { distance: distance(radii[wave - 1] ?? 0) })}</small>
              )}
            </h3>
            <ul>
              {alerts.map((alert) => (
                <One key={alert.id} incident={incident} alert={alert} story={story} />
              ))}
            </ul>
          </div>
        ))}
      <PassedOver story={story} />
    </section>
  );
}

/** Who asked these people. */
function nameOf(incident: Incident, round: number, wave: number): string {
  if (wave === 0) return t("people.unasked");
  return incident.round > 1 ? t("people.round", { round, wave }) : t("people.wave", { wave });
}

function One({ incident, alert, story }: { incident: Incident; alert: Alert; story: Story }) {
  const person = story.people.get(alert.responder_id);
  const ended = ENDED.includes(alert.state);
  const reached = reachedSteps(alert);
  const head = useTime((at) => personWords(alert, at).head);
  const rest = useTime((at) => personWords(alert, at).rest);
  const reason = story.items.find((item) => item.alert_id === alert.id && item.text)?.text;
  return (
    <li
      class={`person ${ended ? "person-ended" : ""} ${isEngaged(alert) ? "person-on" : ""}`}
      data-alert={alert.id}
    >
      <span class="personname">
        {person?.name ?? alert.responder_id}
        {isEngaged(alert) && <CallPerson person={person} />}
      </span>
      <span class="beads" aria-hidden="true">
        {STEPS.map((step, n) => (
          <i key={step} class={n < reached ? "bead bead-on" : "bead"} />
        ))}
      </span>
      <span class={`state state-${alert.state}`}>
        {head || word("alertstate", alert.state)}
        {notSeen(alert) && <b class="bad"> · {notSeen(alert)}</b>}
      </span>
      <small class="why">
        {[whyAsked(alert), rest].filter(Boolean).join(" · ")}
        {reason && ` · “${reason}”`}
      </small>
      <PersonActions
        of={alert.id}
        actions={personActions(incident, alert, person?.name ?? alert.responder_id)}
      />
    </li>
  );
}

/** What the desk can do about this one person. */
function PersonActions({ of, actions }: { of: string; actions: Action[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const action = actions.find((one) => one.id === chosen);
  if (actions.length === 0) return null;
  return (
    <div class="personactions">
      <div class="buttons">
        {actions.map((one) => (
          <button
            key={one.id}
            type="button"
            class="small"
            aria-expanded={one.id === chosen}
            onClick={() => setChosen(one.id === chosen ? null : one.id)}
          >
            {word("action", one.id)}
          </button>
        ))}
      </div>
      {action && (
        <Confirm key={action.id} action={action} name={`${of} ${action.id}`} done={() => setChosen(null)} />
      )}
    </div>
  );
}

function reachedSteps(alert: Alert): number {
  const at = STEPS.indexOf(alert.state);
  if (at >= 0) return at + 1;
  if (alert.state === "finished") return STEPS.length;
  if (alert.accepted_at) return 4;
  if (alert.seen_at) return 3;
  if (alert.received_at) return 2;
  return alert.state === "queued" ? 0 : 1;
}

interface Passed {
  distance_m: number;
  /** Absent: live. */
  position?: "place";
  why: string | { barred: string };
}

/** People in reach who were not asked, and why not. */
function PassedOver({ story }: { story: Story }) {
  const people = new Map<string, Passed>();
  for (const item of story.items) {
    if (item.type !== "passed_over") continue;
    for (const one of (item.detail.people ?? []) as (Passed & { responder_id: string })[]) {
      people.set(one.responder_id, one);
    }
  }
  const asked = new Set(
    story.items.filter((item) => item.type === "alerted").map((item) => alertedId(item.detail)),
  );
  const never = [...people].filter(([id, one]) => one.why !== "already_asked" && !asked.has(id));
  if (never.length === 0) return null;
  return (
    <details class="passed">
      <summary>{t("people.passed", { n: never.length })}</summary>
      <ul>
        {never.map(([id, one]) => (
          <li key={id}>
            {story.people.get(id)?.name ?? id} · {distance(one.distance_m)}
            {one.position === "place" && `, ${t("people.by_hours")}`} · {passedWords(one.why)}
          </li>
        ))}
      </ul>
    </details>
  );
}

const alertedId = (detail: Record<string, unknown>) =>
  (detail.alert as Alert | undefined)?.responder_id ?? "";
