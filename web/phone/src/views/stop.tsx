// What must not be missed: no longer needed, danger, over. It stays until a person has put it away.
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Held, isOpen } from "../alerts/known.ts";
import { hush } from "../device/sound.ts";
import { take } from "../state/life.ts";
import { say } from "../state/sayings.ts";
import { t, word } from "../words/i18n.ts";
import { Call } from "./call.tsx";
import { LineStrip } from "./line.tsx";

export function StopView({ held, why }: { held: Held; why: "danger" | "stand_down" | "over" }) {
  const { alert, engaged } = held;
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const lead =
    why === "stand_down" ? (engaged ? "stop.stand_down_lead" : "stop.not_needed_lead") : `stop.${why}_lead`;
  function read() {
    hush();
    if (isOpen(alert) || engaged) say(alert.id, "seen");
    take({ type: "read", id: alert.id });
  }
  return (
    <main class={`stop stop-${why}`} data-alert={alert.id}>
      <LineStrip />
      {alert.exercise && <p class="exercise-band">{t("exercise.band")}</p>}
      <div class="spring" />
      <StopSign why={why} />
      <h1 ref={title} tabIndex={-1}>
        {t(why === "stand_down" && !engaged ? "stop.not_needed" : `stop.${why}`)}
      </h1>
      <p class="lead">{t(lead as "stop.over_lead")}</p>
      <p>
        {word("kind", alert.kind)}
        {alert.message && ` · ${alert.message}`}
      </p>
      <div class="spring" />
      {why === "danger" && <Call />}
      <button type="button" class="big onstop" onClick={read}>
        {t("stop.read")}
      </button>
    </main>
  );
}

function StopSign({ why }: { why: string }) {
  return (
    <svg class="sign" viewBox="0 0 48 48" aria-hidden="true">
      {why === "danger" ? (
        <path d="M24 4 46 43H2Zm-2.500 13v13h5V17Zm0 17v5h5v-5Z" fill-rule="evenodd" />
      ) : (
        <path d="M24 2a22 22 0 1 0 0 44 22 22 0 0 0 0-44ZM13 21h22v6H13Z" fill-rule="evenodd" />
      )}
    </svg>
  );
}
