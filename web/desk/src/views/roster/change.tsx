// Changes what is known of somebody: what is wrong stands at its field, and changes nothing.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { roster } from "../../api/roster.ts";
import type { Responder } from "../../api/types.ts";
import { draft, forgetDraft, keepDraft } from "../../state/drafts.ts";
import {
  amendment,
  sameTyped,
  type Typed,
  typedOf,
  type Wrongs,
  wrongBy,
  wrongIn,
} from "../../state/roster.ts";
import { formKeys, useLeave } from "../discard.tsx";
import { Failed, useAsk } from "./ask.tsx";
import { Fields, firstWrong, typedIn } from "./fields.tsx";
import { t } from "./words.ts";

interface Props {
  one: Responder;
  /** Hears whoever was changed; null when nobody was. */
  close: (changed: Responder | null) => void;
}

/** What was typed, over what was known before. */
interface Draft {
  before: Responder;
  typed: Typed;
}

export function ChangePerson({ one, close }: Props) {
  const [wrong, setWrong] = useState<Wrongs>({});
  const { busy, error, ask, calm } = useAsk();
  const form = useRef<HTMLFormElement>(null);
  const name = `${one.id} change`;
  // what was known when the form was opened: a change by somebody else meanwhile is not undone by it
  const [kept] = useState(() => draft<Draft>(name));
  const [before] = useState(kept?.before ?? one);
  const { leave, question } = useLeave(name, () => close(null));
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("#enrol-name")?.focus(), []);

  function show(found: Wrongs) {
    setWrong(found);
    firstWrong(form.current, found);
  }

  const typedNow = () => ({ ...typedIn(form.current as HTMLFormElement), id: one.id });

  function keep() {
    const typed = typedNow();
    if (sameTyped(typed, typedOf(before))) forgetDraft(name);
    else keepDraft(name, { before, typed } satisfies Draft);
  }

  function finish(changed: Responder | null) {
    forgetDraft(name);
    close(changed);
  }

  async function send(event?: Event) {
    event?.preventDefault();
    if (busy) return;
    const typed = typedNow();
    const found = wrongIn(typed);
    show(found);
    if (Object.keys(found).length > 0) return calm();
    const change = amendment(before, typed);
    if (!change) return finish(null);
    const changed = async () => {
      try {
        return await roster.amend(one.id, change);
      } catch (caught) {
        const { code, detail } = caught instanceof ApiError ? caught.problem : { code: "", detail: "" };
        const named = wrongBy(code, detail);
        if (!named) throw caught;
        show(named);
        return null;
      }
    };
    await ask(changed, (answer) => answer && finish(answer));
  }

  return (
    <form
      ref={form}
      class="form change"
      noValidate
      onSubmit={send}
      onInput={keep}
      onChange={keep}
      onKeyDown={formKeys(leave, send)}
    >
      {question}
      <Fields wrong={wrong} start={kept?.typed ?? typedOf(before)} />
      <p class="quiet">{t("change.then")}</p>
      <Failed error={error} />
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? t("change.busy") : t("change.go")}
        </button>
        <button type="button" class="plain" onClick={leave}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}
