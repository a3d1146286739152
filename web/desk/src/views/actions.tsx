// What can be done with an incident; each says what it will do before it does it.
import { useState } from "preact/hooks";
import type { Incident } from "../api/types.ts";
import { leads } from "../state/roles.ts";
import { get, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { t, word } from "../words/i18n.ts";
import { available } from "./action-list.ts";
import { Confirm } from "./confirm.tsx";
import { Details } from "./details.tsx";
import type { Story } from "./use-log.ts";

export function Actions({ incident, story }: { incident: Incident; story: Story }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const leading = useStore((state) => leads(state.session));
  // what an action will do may change with the time, and reopening ends after a while
  useTime((at) => Math.floor(at / 1000));
  const actions = available(incident, { story, all: get().known.incidents, leads: leading });
  const action = actions.find((one) => one.id === chosen);
  const done = () => setChosen(null);
  return (
    <section class="actions" aria-label={t("actions.title")}>
      <div class="buttons">
        {actions.map((one) => (
          <button
            key={one.id}
            type="button"
            class={one.advised ? "primary" : one.grave ? "grave" : ""}
            aria-expanded={one.id === chosen}
            onClick={() => setChosen(one.id === chosen ? null : one.id)}
          >
            {word("action", one.id)}
          </button>
        ))}
      </div>
      {action?.id === "details" && <Details incident={incident} done={done} />}
      {action && action.id !== "details" && (
        <Confirm key={action.id} action={action} name={`${incident.id} ${action.id}`} done={done} />
      )}
    </section>
  );
}
