// The alarms that sound until a named person says that they heard.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { AlarmKind } from "../api/types.ts";
import { now, secondsSince } from "../state/clock.ts";
import { alarm as sound } from "../state/sound.ts";
import { change, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { type Alarm, sounding } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { alarmWords } from "../words/sentences.ts";
import { elapsed } from "../words/time.ts";
import { errorText } from "./errors.ts";
import { placeName } from "./place-name.ts";
import { incidentLink } from "./route.ts";

/** Alarms shown at once; the others are counted. */
const SHOWN = 3;

export function Alarms() {
  const known = useStore((state) => state.known);
  const me = useStore((state) => state.session?.sub ?? "");
  useTime((at) => Math.floor(at / 1000));
  const all = sounding(known, now());
  const loud = all.length > 0;
  useEffect(() => {
    sound(loud);
    return () => sound(false);
  }, [loud]);
  if (!loud) return null;
  return (
    <section class="alarms" aria-label={t("alarms.title")}>
      {all.slice(0, SHOWN).map((one) => (
        <AlarmLine key={`${one.incident.id} ${one.kind}`} alarm={one} me={me} />
      ))}
      {all.length > SHOWN && <p>{t("alarms.more", { n: all.length - SHOWN })}</p>}
    </section>
  );
}

function AlarmLine({ alarm: { incident, kind }, me }: { alarm: Alarm; me: string }) {
  const seconds = useTime((at) => secondsSince(incident.called_at ?? incident.opened_at, at));
  return (
    <div class="alarm">
      <a href={incidentLink(incident.id)}>
        <strong>{alarmWords(incident, kind)}</strong> {word("kind", incident.kind)} · {placeName(incident)} ·{" "}
        {elapsed(seconds)}
      </a>
      <Acknowledge id={incident.id} kind={kind} me={me} />
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
