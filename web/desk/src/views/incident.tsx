// One incident: what to tell the caller, who comes when, what can be done, what happened and why.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { api } from "../api/client.ts";
import type { AlarmKind, Incident } from "../api/types.ts";
import { secondsSince } from "../state/clock.ts";
import { change, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { alarms, heardBy, urgency } from "../state/urgency.ts";
import { firstWords } from "../words/first-words.ts";
import { clockTime, t, word } from "../words/i18n.ts";
import { elapsed } from "../words/time.ts";
import { Actions } from "./actions.tsx";
import { Acknowledge } from "./alarms.tsx";
import { Approach } from "./approach.tsx";
import { warningText } from "./form-checks.tsx";
import { Figures, Mark } from "./mark.tsx";
import { People } from "./people.tsx";
import { placeName } from "./place-name.ts";
import { incidentLink, openList } from "./route.ts";
import { Timeline } from "./timeline.tsx";
import { useLog } from "./use-log.ts";

export function IncidentPage({ id }: { id: string }) {
  const one = useStore((state) => state.known.incidents.get(id));
  useEffect(() => {
    // an older one, by its address: it is not among the open ones
    if (!one)
      api.incident(id).then(
        (found) => change({ type: "incident", incident: found }),
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
    <button type="button" class="plain back" onClick={openList}>
      ← {t("incident.back")} <kbd>Esc</kbd>
    </button>
  );
}

function Page({ incident }: { incident: Incident }) {
  const story = useLog(incident);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  const kind = useTime((at) => urgency(incident, at));
  const words = useTime((at) => firstWords(incident, at));
  const seconds = useTime((at) => secondsSince(incident.called_at ?? incident.opened_at, at));
  const { coming, on_scene } = incident.summary;
  return (
    <section class={`incident incident-${kind}`} aria-labelledby="incident-words">
      <Back />
      <header class={`head row-${kind}`}>
        <Mark urgency={kind} size={40} />
        <h1 id="incident-words" tabIndex={-1} ref={heading}>
          {words}
        </h1>
        <div class="headside">
          {kind !== "closed" && <span class="elapsed">{elapsed(seconds)}</span>}
          <Figures there={on_scene} coming={coming} wanted={incident.wanted} />
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
              <strong>{word("alarm", kind)}</strong>{" "}
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
  const ems = useTime((at) =>
    incident.ems_eta_at ? Math.ceil((Date.parse(incident.ems_eta_at) - at) / 60_000) : Number.NaN,
  );
  const facts: [string, string | null | undefined][] = [
    [t("fact.kind"), word("kind", incident.kind)],
    [t("fact.place"), placeName(incident)],
    [t("fact.name"), address?.place_name],
    [t("fact.floor"), address?.floor],
    [t("fact.code"), address?.entry_code],
    [t("fact.notes"), address?.notes],
    [t("fact.grid"), address?.grid],
    [
      t("fact.coordinates"),
      location &&
        `${location.lat.toFixed(5)}, ${location.lon.toFixed(5)}${location.uncertainty_m ? ` ± ${Math.round(location.uncertainty_m)} m` : ""}`,
    ],
    [t("fact.scene"), word("scene", incident.scene)],
    [t("fact.place_kind"), incident.place === "unknown" ? null : word("place_kind", incident.place)],
    [t("fact.age"), incident.patient_age_y == null ? null : String(incident.patient_age_y)],
    [
      t("fact.ems"),
      Number.isNaN(ems) ? null : ems > 0 ? t("eta.minutes", { minutes: ems }) : t("fact.ems_due"),
    ],
    [t("fact.message"), incident.message],
    [t("fact.source"), source && `${source.system} ${source.id}`],
    [t("fact.plan"), `${incident.plan.id} v${incident.plan.version}`],
  ];
  return (
    <>
      {incident.warnings.length > 0 && <p class="ask">{incident.warnings.map(warningText).join(" · ")}</p>}
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
