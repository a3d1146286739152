// Who comes when, as a picture: everybody on their way on one line of minutes, beside the ambulance.
import { useEffect, useState } from "preact/hooks";
import type { Alert, Incident, Person } from "../api/types.ts";
import { millis, now } from "../state/clock.ts";
import { distanceM } from "../state/place.ts";
import { allWays, onMove } from "../state/positions.ts";
import { useTime } from "../state/ticker.ts";
import { isEngaged, isUnanswered } from "../state/urgency.ts";
import { bestSkill } from "../words/first-words.ts";
import { t } from "../words/i18n.ts";
import { age, distance, shortMinutes } from "../words/time.ts";

/** The line is at least so long, seconds. */
const SHORTEST_S = 300;
/** A position that is older, seconds, is called old. */
const OLD_S = 30;

/** Seconds until somebody on their way is there: what was told when they were asked, by now. */
export function etaS(alert: Alert, at: number): number {
  const since = millis(alert.accepted_at ?? alert.sent_at);
  return alert.eta_s - (at - since) / 1000;
}

export function Approach({ incident, people }: { incident: Incident; people: ReadonlyMap<string, Person> }) {
  useTime((at) => Math.floor(at / 1000));
  const [, redraw] = useState({});
  useEffect(() => onMove(() => redraw({})), []);
  const at = now();
  if (incident.state === "closed") return null;
  const engaged = incident.alerts.filter(isEngaged);
  const asked = incident.alerts.filter(isUnanswered).length;
  const coming = engaged.filter((alert) => alert.state !== "on_scene");
  const ems = incident.ems_eta_at ? (millis(incident.ems_eta_at) - at) / 1000 : null;
  const longest = Math.max(SHORTEST_S, ems ?? 0, ...coming.map((alert) => etaS(alert, at))) * 1.04;
  const x = (seconds: number) => `${Math.min(100, Math.max(0, (seconds / longest) * 100))}%`;
  const minutes = Math.ceil(longest / 60);
  const step = minutes > 24 ? 10 : minutes > 10 ? 5 : minutes > 5 ? 2 : 1;
  const ticks = Array.from({ length: Math.floor(longest / 60 / step) }, (_, n) => (n + 1) * step);
  return (
    <section class="approach" aria-label={t("approach.title")}>
      {engaged.length === 0 && (
        <p class="nobodyline">{asked > 0 ? t("approach.asked", { n: asked }) : t("approach.nobody")}</p>
      )}
      {engaged
        .map((alert) => ({ alert, seconds: alert.state === "on_scene" ? 0 : etaS(alert, at) }))
        .sort(
          (a, b) =>
            Number(b.alert.state === "on_scene") - Number(a.alert.state === "on_scene") ||
            a.seconds - b.seconds,
        )
        .map(({ alert, seconds }) => (
          <Lane
            key={alert.id}
            alert={alert}
            incident={incident}
            name={people.get(alert.responder_id)}
            seconds={seconds}
            left={x(seconds)}
          />
        ))}
      {ems !== null && (
        <div class="lane lane-ems">
          <span class="lanename">{t("approach.ems")}</span>
          <span class="track">
            <i class="dot" style={{ left: x(ems) }} />
          </span>
          <span class="lanewhen">{shortMinutes(ems)}</span>
        </div>
      )}
      <div class="axis" aria-hidden="true">
        <span class="track">
          <b style={{ left: "0%" }}>{t("approach.here")}</b>
          {ticks.map((minute) => (
            <b key={minute} style={{ left: x(minute * 60) }}>
              {minute}
            </b>
          ))}
        </span>
      </div>
    </section>
  );
}

interface LaneProps {
  alert: Alert;
  incident: Incident;
  name: Person | undefined;
  seconds: number;
  left: string;
}

function Lane({ alert, incident, name, seconds, left }: LaneProps) {
  const there = alert.state === "on_scene";
  const way = allWays().get(alert.id);
  const old = way ? (now() - millis(way.last.at)) / 1000 : null;
  const far = way && incident.location ? distance(distanceM(way.last, incident.location)) : null;
  const state = alert.in_danger ? "danger" : alert.doubtful ? "doubtful" : there ? "there" : alert.state;
  const words = [];
  if (!there && alert.state === "accepted") words.push(t("approach.not_left"));
  if (!there && far) words.push(far);
  if (!there && old !== null && old > OLD_S) words.push(t("approach.old", { age: age(old) }));
  return (
    <div class={`lane lane-${state}`}>
      <span class="lanename">
        {name?.name ?? alert.responder_id} <small>{bestSkill(alert)}</small>
      </span>
      <span class="track">
        <i class="dot" style={{ left }} />
      </span>
      <span class="lanewhen">
        {there ? t("approach.there") : shortMinutes(seconds)}
        <small>
          {alert.in_danger && <b class="bad">{t("approach.danger")} </b>}
          {alert.doubtful && <b class="bad">{t("approach.doubtful")} </b>}
          {words.join(" · ")}
        </small>
      </span>
    </div>
  );
}
