// What must not be missed: no longer needed, danger, over. It stays until a person has put it away.
import { useLayoutEffect, useRef } from "preact/hooks";
import { band, report, stopWords } from "../../../shared/sentences/phone/words.ts";
import { type Held, isEngaged, isOpen } from "../alerts/known.ts";
import { hush } from "../device/sound.ts";
import { take } from "../state/life.ts";
import { say } from "../state/sayings.ts";
import { t, word } from "../words/i18n.ts";
import { together, words } from "../words/said.ts";
import { Call, CallEmergency } from "./call.tsx";
import { useFacts } from "./facts.ts";
import { Hold } from "./hold.tsx";
import { LineStrip } from "./line.tsx";
import { SafeAgain } from "./safe.tsx";

export type Why = "danger" | "all_clear" | "stand_down" | "over";

export function StopView({ held, why }: { held: Held; why: Why }) {
  const { alert, engaged } = held;
  const facts = useFacts(held);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const said = stopWords(facts);
  const [exercise, own] = [band(facts), report(facts)];
  function read() {
    hush();
    if (isOpen(alert) || engaged) say(alert.id, "seen");
    take({ type: "read", id: alert.id });
  }
  return (
    <main class={`stop stop-${why}`} data-alert={alert.id} data-version={alert.version}>
      <LineStrip />
      {exercise && <p class="exercise-band">{words(exercise)}</p>}
      <div class="spring" />
      <StopSign why={why} />
      <h1 ref={title} tabIndex={-1}>
        {words(said?.title)}
      </h1>
      <p class="lead">{together(said?.lead ?? [])}</p>
      <p>
        {word("kind", alert.kind)}
        {alert.message && ` · ${alert.message}`}
      </p>
      {own && <p class="note unsafe-said">{words(own)}</p>}
      {facts.in_danger && <SafeAgain id={alert.id} />}
      <div class="spring" />
      <Call />
      {why === "danger" && <CallEmergency />}
      {why === "danger" && isEngaged(alert) && <Leaving id={alert.id} />}
      <div class="last">
        <button type="button" class="big onstop" onClick={read}>
          {t("stop.read")}
        </button>
      </div>
    </main>
  );
}

/** Out of danger: they withdraw, and the control room knows it. */
export function Leaving({ id }: { id: string }) {
  return (
    <Hold
      class="leaving"
      label={t("leaving.label")}
      hint={t("leaving.hold")}
      sure={t("leaving.sure")}
      back={t("back")}
      onDone={() => {
        hush();
        say(id, "decline");
      }}
    />
  );
}

function StopSign({ why }: { why: Why }) {
  return (
    <svg class="sign" viewBox="0 0 48 48" aria-hidden="true">
      <path d={SIGNS[why]} fill-rule="evenodd" />
    </svg>
  );
}

const BAR = "M24 2a22 22 0 1 0 0 44 22 22 0 0 0 0-44ZM13 21h22v6H13Z";
const SIGNS: Record<Why, string> = {
  danger: "M24 4 46 43H2Zm-2.500 13v13h5V17Zm0 17v5h5v-5Z",
  all_clear: "M24 2a22 22 0 1 0 0 44 22 22 0 0 0 0-44Zm-3 32L10 23l4-4 7 7 14-14 4 4Z",
  stand_down: BAR,
  over: BAR,
};
