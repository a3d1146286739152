// After the yes: where exactly, how to get in, what to fetch, and one big next step; in danger the way out first.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { isDanger, type PhoneFacts, stageOf } from "../../../shared/sentences/phone/facts.ts";
import { band, type EngagedWords, engagedWords } from "../../../shared/sentences/phone/words.ts";
import type { Held } from "../alerts/known.ts";
import { nextStep } from "../alerts/steps.ts";
import type { FinishReason } from "../api/types.ts";
import { take } from "../state/life.ts";
import { say } from "../state/sayings.ts";
import { useStore } from "../state/store.ts";
import { minutes, t, word } from "../words/i18n.ts";
import { words } from "../words/said.ts";
import { BadgeView } from "./badge.tsx";
import { Call, CallEmergency } from "./call.tsx";
import { problemText } from "./errors.ts";
import { useFacts } from "./facts.ts";
import { FinishReasons } from "./finish.tsx";
import { Hold } from "./hold.tsx";
import { LineStrip } from "./line.tsx";
import { AedCard, PlaceCard } from "./place-cards.tsx";
import { SafeAgain } from "./safe.tsx";
import { Leaving } from "./stop.tsx";

export function EngagedView({ held }: { held: Held }) {
  const { alert } = held;
  const facts = useFacts(held);
  const said = engagedWords(facts);
  const refused = useStore((state) => state.refused);
  const [open, setOpen] = useState<"badge" | "finish" | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  if (open === "badge") return <BadgeView alert={alert} onBack={() => setOpen(null)} />;

  const danger = isDanger(facts);
  const exercise = band(facts);
  const finish = (reason: FinishReason | null) => {
    setOpen(null);
    say(alert.id, "finish", reason ? { reason } : {});
  };
  return (
    <main
      class={`engaged ${danger ? "in-danger" : ""}`}
      data-alert={alert.id}
      data-version={alert.version}
      data-stage={stageOf(facts)}
    >
      <LineStrip />
      {exercise && <p class="exercise-band">{words(exercise)}</p>}
      <div class="all">
        <Head held={held} said={said} title={title} />
        {refused?.alert_id === alert.id && (
          <p class="note bad" role="alert">
            {problemText(refused.code)}
          </p>
        )}
        <Danger id={alert.id} facts={facts} said={said} />
        <Updates held={held} said={said} />
        {said.near && (
          <div class="card near" role="status">
            <h2>{words(said.near.title)}</h2>
            <p>{words(said.near.lead)}</p>
            <button type="button" class="big primary" onClick={() => say(alert.id, "arrive")}>
              {t("step.arrive")}
            </button>
          </div>
        )}
        {said.still && (
          <div class="card still" role="alert">
            <h2>{words(said.still.title)}</h2>
            <p>{words(said.still.lead)}</p>
            <button type="button" class="big primary" onClick={() => say(alert.id, stillGoing(alert.state))}>
              {t("still.yes")}
            </button>
          </div>
        )}
        {alert.aed && alert.role === "aed" && <AedCard aed={alert.aed} danger={danger} />}
        <PlaceCard alert={alert} facts={facts} />
        {alert.aed && alert.role !== "aed" && <AedCard aed={alert.aed} danger={danger} />}
        <div class="more">
          <button type="button" class="big" onClick={() => setOpen("badge")}>
            {t("badge.show")}
          </button>
          {danger && <Step facts={facts} id={alert.id} quiet onFinish={() => setOpen("finish")} />}
          {!danger && facts.state === "on_scene" && stageOf(facts) === "on_scene" && (
            <button type="button" class="big" onClick={() => setOpen("finish")}>
              {t("step.finish")}
            </button>
          )}
        </div>
        {!danger && (
          <Hold
            class="leave"
            label={t("leave.label")}
            hint={t("leave.hold")}
            sure={t("leave.sure")}
            back={t("back")}
            onDone={() => say(alert.id, "decline")}
          />
        )}
      </div>
      <div class="next">
        {open === "finish" ? (
          <FinishReasons onDone={finish} onBack={() => setOpen(null)} />
        ) : (
          <>
            <Hold
              class="unsafe"
              label={t("unsafe.label")}
              hint={t("unsafe.hold")}
              sure={t("unsafe.sure")}
              back={t("back")}
              onDone={() => say(alert.id, "unsafe")}
            />
            {danger ? (
              <Leaving id={alert.id} />
            ) : (
              <Step facts={facts} id={alert.id} onFinish={() => setOpen("finish")} />
            )}
          </>
        )}
      </div>
    </main>
  );
}

interface HeadProps {
  held: Held;
  said: EngagedWords;
  title: RefObject<HTMLHeadingElement | null>;
}

/** How far they are, what it is, what they do there, and the telephone. */
function Head({ held: { alert }, said, title }: HeadProps) {
  return (
    <header class="with-call">
      <div>
        <p class="stage">
          {words(said.stage)}
          {said.sending && <em> · {words(said.sending)}</em>}
        </p>
        <h1 ref={title} tabIndex={-1}>
          {word("kind", alert.kind)}
        </h1>
        <p class="role">
          <strong>{word("role", alert.role)}</strong>
          {said.way && (
            <span data-way={said.way.id}>
              {" "}
              · {said.way.id === "way.own" ? "" : `${minutes(alert.eta_s)}, `}
              {words(said.way)}
            </span>
          )}
        </p>
      </div>
      <Call small />
    </header>
  );
}

/** In danger: what is known, the telephone, and whoever reported it sees that they were heard. */
function Danger({ id, facts, said }: { id: string; facts: PhoneFacts; said: EngagedWords }) {
  const { danger, report, override } = said;
  if (!danger && !report && !override) return null;
  return (
    <section class="card danger-card" role="alert">
      {danger && <h2>{words(danger.title)}</h2>}
      {danger?.lead && <p>{words(danger.lead)}</p>}
      {override && <p>{words(override)}</p>}
      {report && (
        <p class="unsafe-said" data-said={report.id}>
          {words(report)}
        </p>
      )}
      {(danger || facts.in_danger) && (
        <>
          <Call />
          <CallEmergency />
        </>
      )}
      {facts.in_danger && <SafeAgain id={id} />}
    </section>
  );
}

/** What says "I am still on it" at this stage, and changes nothing else. */
const stillGoing = (state: string) => (state === "on_scene" ? "arrive" : "depart");

/** The one next step; `quiet` where it is not what should be done first. */
function Step({
  facts,
  id,
  quiet,
  onFinish,
}: {
  facts: PhoneFacts;
  id: string;
  quiet?: boolean;
  onFinish(): void;
}) {
  const next = nextStep(stageOf(facts));
  if (!next) return null;
  return (
    <button
      type="button"
      class={quiet ? "big" : "big step"}
      data-step={next}
      onClick={() => (next === "finish" ? onFinish() : say(id, next))}
    >
      {t(`step.${next}` as "step.depart")}
    </button>
  );
}

/** What changed, and the last word of the control room; the desk learns that it was read. */
function Updates({ held, said }: { held: Held; said: EngagedWords }) {
  const { alert, notice } = held;
  if (!alert.message && !said.moved && !said.merged && notice !== "update") return null;
  const read = () => {
    say(alert.id, "seen");
    take({ type: "read", id: alert.id });
  };
  return (
    <div
      class={`card updates ${notice === "update" ? "fresh" : ""}`}
      role={notice === "update" ? "alert" : undefined}
    >
      <h2>{notice === "update" ? t("update.new") : t("update.title")}</h2>
      {said.merged && <p class="merged">{words(said.merged)}</p>}
      {said.moved && <p class="moved">{words(said.moved)}</p>}
      {alert.message && <p class="message">{alert.message}</p>}
      {notice === "update" && (
        <button type="button" class="big" onClick={read}>
          {t("update.read")}
        </button>
      )}
    </div>
  );
}
