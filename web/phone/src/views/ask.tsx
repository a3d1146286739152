// The alert: what, how far, how long to decide; a yes that is meant, and a no with one thumb.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { elapsed } from "../../../shared/measure.ts";
import { unshow } from "../alerts/announce.ts";
import type { Held } from "../alerts/known.ts";
import { hush, onSound, ring, ringing, soundWorks } from "../device/sound.ts";
import { say } from "../state/sayings.ts";
import { useStore } from "../state/store.ts";
import { useBeat } from "../state/ticker.ts";
import { distance, minutes, t, word } from "../words/i18n.ts";
import { problemText } from "./errors.ts";
import { Hold } from "./hold.tsx";
import { LineStrip } from "./line.tsx";
import { useListened } from "./listened.ts";

export function AskView({ held }: { held: Held }) {
  const { alert } = held;
  const refused = useStore((state) => state.refused);
  const yes = useStore((state) =>
    state.unsent.some((one) => one.alert_id === alert.id && one.verb === "accept"),
  );
  const no = useStore((state) =>
    state.unsent.some((one) => one.alert_id === alert.id && one.verb === "decline"),
  );
  const sound = useListened(onSound, ringing);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  useEffect(() => seenWhenLookedAt(alert.id), [alert.id]);
  const late = alert.state === "lapsed" || alert.state === "unreachable";
  const group = word("patient", alert.patient_group === "unknown" ? null : alert.patient_group);
  return (
    <main class={`alert ${alert.exercise ? "is-exercise" : "is-real"}`} data-alert={alert.id}>
      <LineStrip />
      {alert.exercise && <p class="exercise-band">{t("exercise.band")}</p>}
      <header>
        <p class="asks">{alert.exercise ? t("ask.exercise") : t("ask.real")}</p>
        <h1 ref={title} tabIndex={-1}>
          {word("kind", alert.kind)}
          {group && <small> {group}</small>}
        </h1>
        <p class="role">
          <span>{t("ask.role")}</span> <strong>{word("role", alert.role)}</strong>
        </p>
      </header>
      <div class="way">
        <p>
          <strong>{minutes(alert.eta_s)}</strong>
          <span>
            {t(alert.position === "place" ? "ask.way_place" : "ask.way", {
              distance: distance(alert.distance_m),
            })}
          </span>
        </p>
        <Countdown endsAt={held.endsAt} />
      </div>
      {late && <p class="note">{t("ask.late")}</p>}
      <div class="spring" />
      {refused?.alert_id === alert.id && (
        <p class="note bad" role="alert">
          {problemText(refused.code)}
        </p>
      )}
      <div class="answers">
        {sound && (
          <button type="button" class="big plain" onClick={hush}>
            {t("ask.hush")}
          </button>
        )}
        {!sound && !soundWorks() && (
          <button type="button" class="big plain" onClick={() => ring(alert.exercise ? "exercise" : "alert")}>
            {t("ask.no_sound")}
          </button>
        )}
        <Hold
          class="yes"
          label={yes ? t("ask.sending") : t("ask.accept")}
          hint={t("ask.hold")}
          sure={t("ask.sure")}
          back={t("back")}
          busy={yes}
          onDone={() => say(alert.id, "accept")}
        />
        <button type="button" class="big no" disabled={no} onClick={() => say(alert.id, "decline")}>
          {no ? t("ask.sending") : t("ask.decline")}
        </button>
      </div>
    </main>
  );
}

/** Says once that a person has it before their eyes, and takes it off the lock screen. */
function seenWhenLookedAt(alert: string): () => void {
  const look = () => {
    if (document.visibilityState !== "visible") return;
    end();
    void unshow(alert);
    say(alert, "seen");
  };
  const end = () => document.removeEventListener("visibilitychange", look);
  document.addEventListener("visibilitychange", look);
  look();
  return end;
}

/** What is left to answer, by the phone's monotonic clock: right on a phone whose time is wrong. */
function Countdown({ endsAt }: { endsAt: number }) {
  const left = useBeat(() => Math.max(0, Math.ceil((endsAt - performance.now()) / 1000)));
  return (
    <p class="countdown" role="timer" aria-live="off">
      <strong>{elapsed(left)}</strong>
      <span>{t("ask.left")}</span>
    </p>
  );
}
