// The alert: what, how far, how long to decide; a yes that is meant, and a no with one thumb.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { elapsed } from "../../../shared/measure.ts";
import { type AskWords, askWords, band } from "../../../shared/sentences/phone/words.ts";
import { unshow } from "../alerts/announce.ts";
import type { Held } from "../alerts/known.ts";
import { hush, onSound, ring, ringing, soundWorks } from "../device/sound.ts";
import { say } from "../state/sayings.ts";
import { useStore } from "../state/store.ts";
import { minutes, t, word } from "../words/i18n.ts";
import { words } from "../words/said.ts";
import { Call } from "./call.tsx";
import { problemText } from "./errors.ts";
import { useFacts } from "./facts.ts";
import { Hold } from "./hold.tsx";
import { LineStrip } from "./line.tsx";
import { useListened } from "./listened.ts";

export function AskView({ held }: { held: Held }) {
  const { alert } = held;
  const facts = useFacts(held);
  const said = askWords(facts);
  const refused = useStore((state) => state.refused);
  const sound = useListened(onSound, ringing);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  useEffect(() => seenWhenLookedAt(alert.id), [alert.id]);
  const group = word("patient", alert.patient_group === "unknown" ? null : alert.patient_group);
  const exercise = band(facts);
  return (
    <main
      class={`alert ${alert.exercise ? "is-exercise" : "is-real"}`}
      data-alert={alert.id}
      data-version={alert.version}
    >
      <LineStrip />
      {exercise && <p class="exercise-band">{words(exercise)}</p>}
      <header class="with-call">
        <div>
          <p class="asks">{words(said.title)}</p>
          <h1 ref={title} tabIndex={-1}>
            {word("kind", alert.kind)}
            {group && <small> {group}</small>}
          </h1>
        </div>
        <Call small />
      </header>
      {said.note && <p class="note scene">{words(said.note)}</p>}
      <p class="role">
        <span>{t("ask.role")}</span> <strong>{word("role", alert.role)}</strong>
      </p>
      <div class="way">
        <p>
          <strong>{minutes(alert.eta_s)}</strong>
          <span>{words(said.way)}</span>
        </p>
        <p class="countdown" role="timer" aria-live="off">
          <strong class={said.answerLead ? "is-words" : ""}>
            {said.answerLead ? words(said.answer) : elapsed(facts.answer_in_s)}
          </strong>
          <span>{words(said.answerLead ?? said.answer)}</span>
        </p>
      </div>
      <div class="spring" />
      {refused?.alert_id === alert.id && (
        <p class="note bad" role="alert">
          {problemText(refused.code)}
        </p>
      )}
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
      <Answers id={alert.id} said={said} unsent={facts.unsent} />
    </main>
  );
}

/** Yes and no; where the scene is unsafe the yes is asked for a second time. */
function Answers({ id, said, unsent }: { id: string; said: AskWords; unsent: readonly string[] }) {
  const [again, setAgain] = useState(false);
  const second = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => second.current?.focus(), [again]);
  const [yes, no] = [unsent.includes("accept"), unsent.includes("decline")];
  const decline = (
    <button type="button" class="big no" disabled={no} onClick={() => say(id, "decline")}>
      {no ? t("ask.sending") : t("ask.decline")}
    </button>
  );
  if (said.again && again) {
    const accept = () => {
      setAgain(false);
      say(id, "accept", { override: "scene_unsafe" });
    };
    return (
      <div class="answers again">
        <p>{words(said.again.title)}</p>
        <button ref={second} type="button" class="big yes" onClick={accept}>
          {words(said.again.yes)}
        </button>
        {decline}
      </div>
    );
  }
  return (
    <div class="answers">
      <Hold
        class="yes"
        label={yes ? t("ask.sending") : words(said.accept)}
        hint={t("ask.hold")}
        sure={words(said.sure)}
        back={t("back")}
        busy={yes}
        onDone={() => (said.again ? setAgain(true) : say(id, "accept"))}
      />
      {decline}
    </div>
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
