// How many want to be called after an incident: shown while there are some, or when it is not known.
import { useEffect } from "preact/hooks";
import { watchToCall } from "../state/follow-ups.ts";
import { useStore } from "../state/store.ts";
import { number, t } from "../words/i18n.ts";
import { FOLLOW_UPS } from "./route.ts";

export function ToCall() {
  const { waiting, mine, lost } = useStore((state) => state.toCall);
  const here = useStore((state) => state.roster?.at === "follow-ups");
  useEffect(watchToCall, []);
  const count = waiting + mine;
  if (count === 0 && !lost) return null;
  return (
    <a
      class={waiting > 0 && !lost ? "to-call to-call-waiting" : "to-call"}
      href={FOLLOW_UPS}
      title={t("bar.to_call_title", { waiting: number(waiting), mine: number(mine) })}
      aria-current={here ? "page" : undefined}
    >
      {lost ? t("bar.to_call_unknown") : t("bar.to_call", { n: count, count: number(count) })}
    </a>
  );
}
