// What the page knows of an alert at this moment, drawn again when a sentence may change by it.
import type { PhoneFacts } from "../../../shared/sentences/phone/facts.ts";
import { factsOf, ownDistance } from "../alerts/facts.ts";
import type { Held } from "../alerts/known.ts";
import { positions } from "../state/place.ts";
import { get, useStore } from "../state/store.ts";
import { useBeat } from "../state/ticker.ts";

function own(held: Held): number | null {
  const watch = positions();
  const fix = watch?.fix;
  const distance = ownDistance(held.alert, watch && fix ? { fix, ageMs: watch.ageMs } : null);
  // as it is written: nobody is drawn anew for a step
  return distance === null ? null : Math.round(distance / 10) * 10;
}

export function useFacts(held: Held): PhoneFacts {
  useStore((state) => state.unsent);
  const read = () => factsOf(held, get().unsent, performance.now(), own(held));
  useBeat(() => {
    const { answer_in_s, own_m } = read();
    return `${answer_in_s} ${own_m}`;
  });
  return read();
}
