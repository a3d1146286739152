// What can be done with an incident; each says what it will do before it does it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Incident } from "../api/types.ts";
import { doubt, type Point } from "../state/place.ts";
import { change, get, set } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { t, word } from "../words/i18n.ts";
import { type Action, available, type Filled } from "./action-list.ts";
import { errorText } from "./errors.ts";
import { home } from "./form.tsx";
import { Doubtful } from "./form-checks.tsx";
import { PlaceField } from "./place-field.tsx";
import type { Story } from "./use-log.ts";

export function Actions({ incident, story }: { incident: Incident; story: Story }) {
  const [chosen, setChosen] = useState<string | null>(null);
  // reopening ends after a while
  useTime((at) => Math.floor(at / 10_000));
  const actions = available(incident, story, get().known.incidents);
  const action = actions.find((one) => one.id === chosen);
  return (
    <section class="actions" aria-label={t("actions.title")}>
      <div class="buttons">
        {actions.map((one) => (
          <button
            key={one.id}
            type="button"
            class={one.grave ? "grave" : ""}
            aria-expanded={one.id === chosen}
            onClick={() => setChosen(one.id === chosen ? null : one.id)}
          >
            {t(`action.${one.id}`)}
          </button>
        ))}
      </div>
      {action && <Confirm key={action.id} action={action} done={() => setChosen(null)} />}
    </section>
  );
}

function Confirm({ action, done }: { action: Action; done: () => void }) {
  const [filled, setFilled] = useState<Filled>({
    text: "",
    choice: action.choices?.[0]?.code ?? "",
    point: null,
  });
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const [asked, setAsked] = useState<Point | null>(null);
  const box = useRef<HTMLFormElement>(null);
  const doubtful = filled.point ? doubt(filled.point, home()) : null;
  useLayoutEffect(() => {
    box.current?.querySelector<HTMLElement>("input, textarea, select, button")?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    if (!action.place) return;
    set({ draft: doubtful ? null : filled.point });
    return () => set({ draft: null });
  }, [filled.point?.lat, filled.point?.lon]);

  const missing = (action.text === "required" && !filled.text.trim()) || (action.place && !filled.point);

  async function run(event: Event) {
    event.preventDefault();
    if (missing || state.busy) return;
    if (doubtful && (doubtful.doubt === "impossible" || asked !== filled.point))
      return setAsked(filled.point);
    setState({ busy: true, error: null });
    try {
      const incident = await action.run(filled);
      change({ type: "incident", incident });
      done();
    } catch (error) {
      setState({ busy: false, error: errorText(error) });
    }
  }

  return (
    <form
      ref={box}
      class="confirm"
      onSubmit={run}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          done();
        }
        if (event.key === "Enter" && event.ctrlKey) void run(event);
      }}
    >
      {action.choices && (
        <div>
          <label for="action-choice">{word("action", `${action.id}.choice`)}</label>
          <select
            id="action-choice"
            value={filled.choice}
            onChange={(event) => setFilled({ ...filled, choice: event.currentTarget.value })}
          >
            {action.choices.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      {action.place && (
        <PlaceField
          id="action-place"
          point={filled.point}
          onPoint={(point) => setFilled((old) => ({ ...old, point }))}
        />
      )}
      {doubtful && (
        <Doubtful
          doubt={doubtful}
          asked={asked === filled.point}
          instead={(point) => setFilled({ ...filled, point })}
        />
      )}
      {action.text && (
        <div>
          <label for="action-text">{word("action", `${action.id}.text`)}</label>
          <textarea
            id="action-text"
            rows={2}
            maxLength={500}
            value={filled.text}
            onInput={(event) => setFilled({ ...filled, text: event.currentTarget.value })}
          />
        </div>
      )}
      <p class="does">{action.does(filled)}</p>
      <p class="error" role="alert">
        {state.error}
      </p>
      <div class="buttons">
        <button
          type="submit"
          class={action.grave ? "danger" : "primary"}
          disabled={state.busy || Boolean(missing)}
        >
          {t(`action.${action.id}.go`)}
        </button>
        <button type="button" class="plain" onClick={done}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}
