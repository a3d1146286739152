// How many of those on duty can be reached now: the bar's way to the responders.
import { useEffect } from "preact/hooks";
import { standing } from "../state/counted.ts";
import { watchReadiness } from "../state/readiness.ts";
import { useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { number, t } from "../words/i18n.ts";
import { age } from "../words/time.ts";
import { ROSTER } from "./route.ts";

export function Ready() {
  const counted = useStore((state) => state.counted);
  const here = useStore((state) => state.roster !== null);
  useEffect(watchReadiness, []);
  const known = standing(counted, Date.now());
  // what was heard grows old by itself
  useTime(() => {
    const then = standing(counted, Date.now());
    return then.is === "unknown" ? age(then.ageS) : then.is;
  });
  const values = ({ reachable, on_duty }: { reachable: number; on_duty: number }) => ({
    reachable: number(reachable),
    on_duty: number(on_duty),
  });
  return (
    <a
      class={`ready ready-${known.is}`}
      href={ROSTER}
      title={t("bar.ready_title")}
      aria-keyshortcuts="r"
      aria-current={here ? "page" : undefined}
    >
      <span>
        {known.is === "asking" && t("bar.ready_asking")}
        {known.is === "known" && t("bar.ready", values(known.view))}
        {known.is === "unknown" && t("bar.ready_unknown")}
        {known.is === "unknown" && known.was && (
          <small>{t("bar.ready_old", { age: age(known.ageS), ...values(known.was) })}</small>
        )}
      </span>
      <kbd>R</kbd>
    </a>
  );
}
