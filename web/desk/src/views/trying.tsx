// A raise that has no answer yet: since when, what the desk does about it, and how to end it.
import { useLayoutEffect, useRef } from "preact/hooks";
import { TOLD_AFTER_MS } from "../state/raising.ts";
import { useTime } from "../state/ticker.ts";
import { t } from "../words/i18n.ts";

/** Since when there is no answer, by this machine's clock, whole seconds; 0 before it is told. */
export function useTrying(since: number | null): number {
  return useTime(() => {
    const ms = since === null ? 0 : Date.now() - since;
    return ms < TOLD_AFTER_MS ? 0 : Math.floor(ms / 1000);
  });
}

export function Trying({ seconds, stop }: { seconds: number; stop: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <div class="trying">
      <p role="alert">{t("trying.means")}</p>
      <p>
        <strong>{t("trying.since", { seconds })}</strong>
      </p>
      <button type="button" ref={button} onClick={stop}>
        {t("trying.stop")}
      </button>
    </div>
  );
}
