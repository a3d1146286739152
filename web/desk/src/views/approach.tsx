// Who comes when, as a picture: everybody on their way on one line of minutes, beside the ambulance. Where somebody is
// drawn follows from their last position and moves with nothing else: who stands still does not come nearer.
import { isDone } from "../../../shared/sentences/desk/people.ts";
import type { Alert, Incident, Person } from "../api/types.ts";
import { millis, now } from "../state/clock.ts";
import { useTime } from "../state/ticker.ts";
import { isEngaged } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { ambulanceWords, bestSkillOf, personWords } from "../words/sentences.ts";

/** The line is at least so long, seconds. */
const SHORTEST_S = 300;

export function Approach({ incident, people }: { incident: Incident; people: ReadonlyMap<string, Person> }) {
  useTime((at) => Math.floor(at / 1000));
  const at = now();
  if (incident.state === "closed") return null;
  const engaged = incident.alerts.filter(isEngaged);
  const done = incident.alerts.filter(isDone(incident));
  const ems = incident.ems_eta_at ? (millis(incident.ems_eta_at) - at) / 1000 : null;
  if (engaged.length + done.length === 0 && ems === null) return null;
  const longest = Math.max(SHORTEST_S, ems ?? 0, ...engaged.map(drawnAt)) * 1.04;
  const x = (seconds: number) => `${Math.min(100, Math.max(0, (seconds / longest) * 100))}%`;
  return (
    <section class="approach" aria-label={t("approach.title")}>
      {engaged
        .toSorted((a, b) => drawnAt(a) - drawnAt(b))
        .map((alert) => (
          <Lane
            key={alert.id}
            alert={alert}
            person={people.get(alert.responder_id)}
            left={x(drawnAt(alert))}
          />
        ))}
      {done.map((alert) => (
        <Lane key={alert.id} alert={alert} person={people.get(alert.responder_id)} left={null} />
      ))}
      {ems !== null && (
        <div class="lane lane-ems">
          <span class="lanename">{t("approach.ems")}</span>
          <span class="lanewhen">{ambulanceWords(incident, at)}</span>
          <span class="track">
            <i class="dot" style={{ left: x(ems) }} />
          </span>
        </div>
      )}
      <Axis longest={longest} x={x} />
    </section>
  );
}

/** Seconds of the line where somebody is drawn: there, or as far away as their last position. */
export const drawnAt = (alert: Alert) => (alert.state === "on_scene" ? 0 : alert.eta_s);

/** The minutes of the line, as many as have room. */
function Axis({ longest, x }: { longest: number; x: (seconds: number) => string }) {
  const minutes = Math.ceil(longest / 60);
  const step = [1, 2, 5, 10, 20, 30, 60].find((it) => minutes / it <= 6) ?? 120;
  const all = Array.from({ length: Math.floor(longest / 60 / step) }, (_, n) => (n + 1) * step);
  // at the end of the line stands what the numbers are
  const ticks = all.filter((minute) => minute * 60 < longest * 0.85);
  return (
    <div class="axis" aria-hidden="true">
      <span class="track">
        <b class="axishere" style={{ left: "0%" }}>
          {t("approach.here")}
        </b>
        {ticks.map((minute, n) => (
          <b key={minute} style={{ left: x(minute * 60) }}>
            {n === ticks.length - 1 ? t("approach.minutes", { minute }) : minute}
          </b>
        ))}
      </span>
    </div>
  );
}

interface LaneProps {
  alert: Alert;
  person: Person | undefined;
  /** Where on the line; null for whoever is not on it any more. */
  left: string | null;
}

function Lane({ alert, person, left }: LaneProps) {
  const { head, rest } = personWords(alert, now());
  return (
    <div class={`lane lane-${look(alert)}`} data-alert={alert.id}>
      <span class="lanename">
        {person?.name ?? alert.responder_id} <small>{word("skill", bestSkillOf(alert))}</small>
        <CallPerson person={person} />
      </span>
      <span class="lanewhen">
        {head}
        {rest && <small>{rest}</small>}
      </span>
      {left !== null && (
        <span class="track">
          <i class="dot" style={{ left }} />
        </span>
      )}
    </div>
  );
}

/** One tap calls them. */
export function CallPerson({ person }: { person: Person | undefined }) {
  if (!person?.phone) return null;
  return (
    <a class="phone" href={`tel:${person.phone.replaceAll(/[^+\d]/g, "")}`}>
      {person.phone}
    </a>
  );
}

/** How the lane looks: what must be seen first. */
function look(alert: Alert): string {
  if (alert.in_danger) return "danger";
  if (alert.state === "on_scene") return "there";
  if (alert.state === "finished") return "done";
  if (alert.presence === "at_address") return "address";
  if (alert.doubtful) return "doubtful";
  if (!alert.position_at) return "blind";
  return alert.left ? "en_route" : "accepted";
}
