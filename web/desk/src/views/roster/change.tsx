// Changes what is known of somebody: what is wrong stands at its field, and changes nothing.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { roster } from "../../api/roster.ts";
import type { Responder } from "../../api/types.ts";
import { amendment, typedOf, type Wrongs, wrongBy, wrongIn } from "../../state/roster.ts";
import { Failed, useAsk } from "./ask.tsx";
import { Fields, firstWrong, typedIn } from "./fields.tsx";
import { t } from "./words.ts";

interface Props {
  one: Responder;
  /** Hears whoever was changed; null when nobody was. */
  close: (changed: Responder | null) => void;
}

export function ChangePerson({ one, close }: Props) {
  const [wrong, setWrong] = useState<Wrongs>({});
  const { busy, error, ask, calm } = useAsk();
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("#enrol-name")?.focus(), []);

  function show(found: Wrongs) {
    setWrong(found);
    firstWrong(form.current, found);
  }

  async function send(event?: Event) {
    event?.preventDefault();
    if (busy) return;
    const typed = { ...typedIn(form.current as HTMLFormElement), id: one.id };
    const found = wrongIn(typed);
    show(found);
    if (Object.keys(found).length > 0) return calm();
    const change = amendment(one, typed);
    if (!change) return close(null);
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
    await ask(changed, (answer) => answer && close(answer));
  }

  return (
    <form
      ref={form}
      class="form change"
      noValidate
      onSubmit={send}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          close(null);
        }
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send(event);
      }}
    >
      <Fields wrong={wrong} start={typedOf(one)} />
      <p class="quiet">{t("change.then")}</p>
      <Failed error={error} />
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? t("change.busy") : t("change.go")}
        </button>
        <button type="button" class="plain" onClick={() => close(null)}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}
