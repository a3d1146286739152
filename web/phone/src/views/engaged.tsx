// After the yes: where exactly, how to get in, what to fetch, and one big next step.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Held } from "../alerts/known.ts";
import { nextStep, stageOf } from "../alerts/steps.ts";
import { take } from "../state/life.ts";
import { say } from "../state/sayings.ts";
import { useStore } from "../state/store.ts";
import { distance, minutes, t, word } from "../words/i18n.ts";
import { BadgeView } from "./badge.tsx";
import { Call } from "./call.tsx";
import { problemText } from "./errors.ts";
import { Hold } from "./hold.tsx";
import { LineStrip } from "./line.tsx";
import { AedCard, PlaceCard } from "./place-cards.tsx";

export function EngagedView({ held }: { held: Held }) {
  const { alert } = held;
  const unsent = useStore((state) => state.unsent);
  const refused = useStore((state) => state.refused);
  const [badge, setBadge] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const stage = stageOf(held, unsent);
  const waits = unsent.some(
    ({ alert_id, verb }) => alert_id === alert.id && verb !== "received" && verb !== "seen",
  );
  if (badge) return <BadgeView alert={alert} onBack={() => setBadge(false)} />;
  return (
    <main class="engaged" data-alert={alert.id} data-stage={stage}>
      <LineStrip />
      {alert.exercise && <p class="exercise-band">{t("exercise.band")}</p>}
      <div class="scroll">
        <header>
          <p class="stage">
            {t(`stage.${stage}`)}
            {waits && <em> · {t("step.sending")}</em>}
          </p>
          <h1 ref={title} tabIndex={-1}>
            {word("kind", alert.kind)}
          </h1>
          <p class="role">
            <strong>{word("role", alert.role)}</strong>
            {stage !== "on_scene" && stage !== "with_patient" && (
              <span>
                {" "}
                ·{" "}
                {t(alert.position === "place" ? "engaged.way_place" : "engaged.way", {
                  minutes: minutes(alert.eta_s),
                  distance: distance(alert.distance_m),
                })}
              </span>
            )}
          </p>
        </header>
        {refused?.alert_id === alert.id && (
          <p class="note bad" role="alert">
            {problemText(refused.code)}
          </p>
        )}
        <UnsafeSaid id={alert.id} />
        <Updates held={held} />
        {alert.danger && <p class="note danger-note">{t("engaged.danger")}</p>}
        {alert.still_going_asked && (
          <div class="card still" role="alert">
            <h2>{t("still.title")}</h2>
            <p>{t("still.lead")}</p>
            <button type="button" class="big primary" onClick={() => say(alert.id, stillGoing(alert.state))}>
              {t("still.yes")}
            </button>
          </div>
        )}
        {alert.aed && alert.role === "aed" && <AedCard aed={alert.aed} />}
        <PlaceCard alert={alert} />
        {alert.aed && alert.role !== "aed" && <AedCard aed={alert.aed} />}
        <div class="more">
          <Call />
          <button type="button" class="big" onClick={() => setBadge(true)}>
            {t("badge.show")}
          </button>
        </div>
        <Hold
          class="leave"
          label={t("leave.label")}
          hint={t("leave.hold")}
          sure={t("leave.sure")}
          back={t("back")}
          onDone={() => say(alert.id, "decline")}
        />
      </div>
      <NextStep held={held} stage={stage} />
    </main>
  );
}

/** Whoever is in danger sees that they were heard. */
function UnsafeSaid({ id }: { id: string }) {
  const waits = useStore((state) => state.unsent.some((one) => one.alert_id === id && one.verb === "unsafe"));
  const known = useStore((state) => state.unsafeKnown === id);
  if (!waits && !known) return null;
  return (
    <p class="note danger-note unsafe-said" role="alert">
      {waits ? t("unsafe.sending") : t("unsafe.known")}
    </p>
  );
}

/** What says "I am still on it" at this stage, and changes nothing else. */
const stillGoing = (state: string) => (state === "on_scene" ? "arrive" : "depart");

function NextStep({ held, stage }: { held: Held; stage: ReturnType<typeof stageOf> }) {
  const next = nextStep(stage);
  if (!next) return null;
  const { id } = held.alert;
  return (
    <div class="next">
      <Hold
        class="unsafe"
        label={t("unsafe.label")}
        hint={t("unsafe.hold")}
        sure={t("unsafe.sure")}
        back={t("back")}
        onDone={() => say(id, "unsafe")}
      />
      <button type="button" class="big step" data-step={next} onClick={() => say(id, next)}>
        {t(`step.${next}` as "step.depart")}
      </button>
    </div>
  );
}

/** What changed, and the last word of the control room; the desk learns that it was read. */
function Updates({ held }: { held: Held }) {
  const { alert, notice } = held;
  const moved = alert.moved_from !== undefined;
  if (!alert.message && !moved && notice !== "update") return null;
  const read = () => {
    say(alert.id, "seen");
    take({ type: "read", id: alert.id });
  };
  return (
    <div
      class={`card ${notice === "update" ? "fresh" : ""}`}
      role={notice === "update" ? "alert" : undefined}
    >
      <h2>{notice === "update" ? t("update.new") : t("update.title")}</h2>
      {moved && <p class="moved">{t("update.moved")}</p>}
      {alert.message && <p class="message">{alert.message}</p>}
      {notice === "update" && (
        <button type="button" class="big" onClick={read}>
          {t("update.read")}
        </button>
      )}
    </div>
  );
}
