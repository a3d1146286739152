// One action before it is done: what it needs, what it will do, and the button that does it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { draft, forgetDraft, keepDraft } from "../state/drafts.ts";
import { change } from "../state/store.ts";
import { t, word } from "../words/i18n.ts";
import type { Action, Filled } from "./action-list.ts";
import { useLeave } from "./discard.tsx";
import { errorText } from "./errors.ts";

interface ConfirmProps {
  action: Action;
  /** Of what is typed here, among the drafts. */
  name: string;
  done: () => void;
}

export function Confirm({ action, name, done }: ConfirmProps) {
  const [filled, setFilled] = useState<Filled>(
    () => draft<Filled>(name) ?? { text: "", choice: action.choices?.[0]?.code ?? "" },
  );
  const { leave, discard, question } = useLeave(name, done);
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const [agreed, setAgreed] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    box.current?.querySelector<HTMLElement>("input, textarea, select, button")?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);

  useEffect(() => {
    if (filled.text.trim()) keepDraft(name, filled);
    else forgetDraft(name);
  }, [name, filled]);

  const asks = action.asks?.(filled) ?? null;
  const missing = (action.text === "required" && !filled.text.trim()) || (asks !== null && !agreed);

  async function run(event: Event) {
    event.preventDefault();
    if (missing || state.busy) return;
    setState({ busy: true, error: null });
    try {
      change({ type: "incident", incident: await action.run(filled) });
      discard();
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
          leave();
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
            onChange={(event) => {
              setFilled({ ...filled, choice: event.currentTarget.value });
              // what was agreed to belongs to what was chosen
              setAgreed(false);
            }}
          >
            {action.choices.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </div>
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
      {question}
      <p class="does">{action.does(filled)}</p>
      {asks !== null && (
        <div class="ask" role="alert">
          <p>{asks}</p>
          <label class="check">
            <input
              type="checkbox"
              checked={agreed}
              onChange={(event) => setAgreed(event.currentTarget.checked)}
            />{" "}
            {t("action.agree")}
          </label>
        </div>
      )}
      <p class="error" role="alert">
        {state.error}
      </p>
      <div class="buttons">
        <button
          type="submit"
          class={action.grave ? "danger" : "primary"}
          disabled={state.busy || Boolean(missing)}
        >
          {word("action", `${action.id}.go`)}
        </button>
        <button type="button" class="plain" onClick={leave}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}
