// The alarms that sound until a named person says that they heard.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { AlarmKind } from "../api/types.ts";
import { answered } from "../state/choosing.ts";
import { now, secondsSince } from "../state/clock.ts";
import { playReminder, alarm as sound } from "../state/sound.ts";
import { change, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { type Alarm, sounding } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { soundWords } from "../words/sentences.ts";
import { elapsed } from "../words/time.ts";
import { errorText } from "./errors.ts";
import { placeName } from "./place-name.ts";
import { incidentLink } from "./route.ts";

/** Alarms shown at once; the others are counted. */
const SHOWN = 3;

export function Alarms() {
  const known = useStore((state) => state.known);
  const choices = useStore((state) => state.choices);
  const me = useStore((state) => state.session?.sub ?? "");
  useTime((at) => Math.floor(at / 1000));
  const all = sounding(known, choices, now());
  const loud = all.some((one) => !one.reminder);
  useEffect(() => {
    sound(loud);
    return () => sound(false);
  }, [loud]);
  const reminders = all
    .filter((one) => one.reminder)
    .map((one) => `${one.incident.id} ${one.kind} ${one.due}`);
  const told = useRef<string[]>([]);
  useEffect(() => {
    if (reminders.some((one) => !told.current.includes(one))) playReminder();
    told.current = reminders;
  }, [reminders.join()]);
  if (all.length === 0) return null;
  return (
    <section class="alarms" aria-label={t("alarms.title")}>
      {all.slice(0, SHOWN).map((one) => (
        <AlarmLine key={`${one.incident.id} ${one.kind}`} alarm={one} me={me} />
      ))}
      {all.length > SHOWN && <p>{t("alarms.more", { n: all.length - SHOWN })}</p>}
    </section>
  );
}

function AlarmLine({ alarm, me }: { alarm: Alarm; me: string }) {
  const { incident, kind } = alarm;
  const seconds = useTime((at) => secondsSince(incident.called_at ?? incident.opened_at, at));
  return (
    <div class="alarm">
      <a href={incidentLink(incident.id)}>
        {alarm.reminder && t("alarms.reminder")} <strong>{soundWords(incident, kind)}</strong>{" "}
        {word("kind", incident.kind)} · {placeName(incident)} · {elapsed(seconds)}
      </a>
      {alarm.due === undefined && kind !== "held" ? (
        <Acknowledge id={incident.id} kind={kind} me={me} />
      ) : (
        <button type="button" class="onalarm" onClick={() => answered(alarm)}>
          {t("alarms.known")}
        </button>
      )}
    </div>
  );
}

/** Says in the person's name that the alarm was heard; then every desk is quiet. */
export function Acknowledge({ id, kind, me }: { id: string; kind: AlarmKind; me: string }) {
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  async function acknowledge() {
    setState({ busy: true, error: null });
    try {
      change({ type: "incident", incident: await api.acknowledge(id, kind) });
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error: errorText(error) });
    }
  }
  return (
    <>
      <button type="button" class="onalarm" disabled={state.busy} onClick={acknowledge}>
        {t("alarms.heard", { who: me })}
      </button>
      {state.error && <span role="alert">{state.error}</span>}
    </>
  );
}
