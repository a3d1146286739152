// One incident: what to tell the caller, who comes when, what can be done, what happened and why.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { AlarmKind, Incident } from "../api/types.ts";
import { secondsSince } from "../state/clock.ts";
import { change, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { alarms, heardBy, urgency } from "../state/urgency.ts";
import { clockTime, dayAndClockTime, t, word } from "../words/i18n.ts";
import { alarmWords, ambulanceWords, firstWords, nextWords, oldLabel } from "../words/sentences.ts";
import { elapsed } from "../words/time.ts";
import { Actions } from "./actions.tsx";
import { Acknowledge } from "./alarms.tsx";
import { Approach } from "./approach.tsx";
import { AddressDoubt } from "./details.tsx";
import { warningText } from "./form-checks.tsx";
import { Figures, Mark } from "./mark.tsx";
import { People } from "./people.tsx";
import { placeName } from "./place-name.ts";
import { incidentLink, isFromHistory, leaveIncident } from "./route.ts";
import { Timeline } from "./timeline.tsx";
import { useLog } from "./use-log.ts";

export function IncidentPage({ id }: { id: string }) {
  const known = useStore((state) => state.known.incidents.get(id));
  // an older one, by its address, is not among those that the desk follows, and stays as it was read
  const [older, setOlder] = useState<Incident | null>(null);
  const one = known ?? older ?? undefined;
  useEffect(() => {
    if (!one)
      api.incident(id).then(
        (found) =>
          found.state === "closed" ? setOlder(found) : change({ type: "incident", incident: found }),
        () => undefined,
      );
  }, [id, one === undefined]);
  if (!one) {
    return (
      <section class="incident">
        <Back />
        <p class="calm">{t("incident.not_here")}</p>
      </section>
    );
  }
  return <Page key={id} incident={one} />;
}

function Back() {
  return (
    <button type="button" class="plain back" onClick={leaveIncident}>
      ← {isFromHistory() ? t("incident.back_history") : t("incident.back")} <kbd>Esc</kbd>
    </button>
  );
}

function Page({ incident }: { incident: Incident }) {
  const story = useLog(incident);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  const kind = useTime((at) => urgency(incident, at));
  const words = useTime((at) => firstWords(incident, at, "\n"));
  const seconds = useTime((at) => secondsSince(incident.called_at ?? incident.opened_at, at));
  const next = useTime((at) => nextWords(incident, at));
  return (
    <section
      class={`incident incident-${kind}`}
      aria-labelledby="incident-words"
      data-version={incident.version}
    >
      <Back />
      <header class={`head row-${kind}`}>
        <Mark urgency={kind} size={40} />
        <div>
          <h1 id="incident-words" tabIndex={-1} ref={heading}>
            {words.split("\n").map((sentence) => (
              <span key={sentence}>{sentence}</span>
            ))}
          </h1>
          {next && <p class="nextline">{next}</p>}
        </div>
        <div class="headside">
          {kind !== "closed" && <span class="elapsed">{elapsed(seconds)}</span>}
          <Figures incident={incident} />
        </div>
      </header>
      <AlarmsOf incident={incident} />
      <Approach incident={incident} people={story.people} />
      <Actions incident={incident} story={story} />
      <Facts incident={incident} />
      <People incident={incident} story={story} />
      <Timeline incident={incident} story={story} />
    </section>
  );
}

/** What is wrong with it, and who has heard. */
function AlarmsOf({ incident }: { incident: Incident }) {
  const known = useStore((state) => state.known);
  const me = useStore((state) => state.session?.sub ?? "");
  const wrong = useTime((at) => alarms(incident, at).join(" "));
  if (!wrong) return null;
  return (
    <div class="alarmsof">
      {(wrong.split(" ") as AlarmKind[]).map((kind) => {
        const heard = heardBy(known, incident, kind);
        return (
          <p key={kind} class={heard ? "heardline" : "alarm"}>
            <span>
              <strong>{alarmWords(incident, kind)}</strong>{" "}
              {heard && t("alarms.heard_by", { who: heard.by, when: clockTime(heard.at) })}
            </span>
            {!heard && <Acknowledge id={incident.id} kind={kind} me={me} />}
          </p>
        );
      })}
    </div>
  );
}

function Facts({ incident }: { incident: Incident }) {
  const { address, location, source } = incident;
  const ems = useTime((at) => ambulanceWords(incident, at));
  const place = (label: string, part: string) => oldLabel(address, part) ?? label;
  const facts: [string, string | null | undefined][] = [
    [t("fact.kind"), word("kind", incident.kind)],
    [t("fact.raised"), dayAndClockTime(incident.opened_at)],
    [t("fact.closed"), incident.closed_at && dayAndClockTime(incident.closed_at)],
    [place(t("fact.place"), "line"), address?.line ?? (address?.place_name ? null : placeName(incident))],
    [place(t("fact.name"), "place_name"), address?.place_name],
    [place(t("fact.floor"), "floor"), address?.floor],
    [place(t("fact.code"), "entry_code"), address?.entry_code],
    [place(t("fact.notes"), "notes"), address?.notes],
    [place(t("fact.grid"), "grid"), address?.grid],
    [
      t("fact.coordinates"),
      location &&
        `${location.lat.toFixed(5)}, ${location.lon.toFixed(5)}${location.uncertainty_m ? ` ± ${Math.round(location.uncertainty_m)} m` : ""}`,
    ],
    // somebody's report of danger is not undone by what the scene was called before
    [
      t("fact.scene"),
      word("scene", incident.danger && incident.scene !== "unsafe" ? "danger" : incident.scene),
    ],
    [t("fact.place_kind"), incident.place === "unknown" ? null : word("place_kind", incident.place)],
    [t("fact.age"), incident.patient_age_y == null ? null : String(incident.patient_age_y)],
    incident.state === "closed"
      ? [t("fact.ems_expected"), incident.ems_eta_at && dayAndClockTime(incident.ems_eta_at)]
      : [t("fact.ems"), ems],
    [t("fact.message"), incident.message],
    [t("fact.source"), source && `${source.system} ${source.id}`],
    [t("fact.plan"), `${incident.plan.id} v${incident.plan.version}`],
  ];
  return (
    <>
      {address?.doubtful && incident.state !== "closed" && <AddressDoubt incident={incident} />}
      {incident.warnings.length > 0 && <p class="ask">{incident.warnings.map(warningText).join(" · ")}</p>}
      {incident.duplicate_of && <DuplicateOf id={incident.duplicate_of} />}
      {incident.possible_duplicates.length > 0 && <Duplicates ids={incident.possible_duplicates} />}
      <dl class="facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}

/** The incident that stands for this one. It may be closed itself, and then is not among the open ones. */
function DuplicateOf({ id }: { id: string }) {
  const one = useStore((state) => state.known.incidents.get(id));
  return (
    <p class="ask">
      {t("merge.of")}{" "}
      <a href={incidentLink(id)}>{one ? `${word("kind", one.kind)}, ${placeName(one)}` : id}</a>
    </p>
  );
}

function Duplicates({ ids }: { ids: string[] }) {
  const incidents = useStore((state) => state.known.incidents);
  const open = ids.map((id) => incidents.get(id)).filter((one) => one && one.state !== "closed");
  if (open.length === 0) return null;
  return (
    <p class="ask">
      {t("same.title", { n: open.length })}{" "}
      {open.map(
        (one) =>
          one && (
            <a key={one.id} href={incidentLink(one.id)}>
              {placeName(one)}
            </a>
          ),
      )}
    </p>
  );
}
