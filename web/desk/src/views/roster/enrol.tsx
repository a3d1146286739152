// Somebody new: what is wrong stands at its field.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { roster } from "../../api/roster.ts";
import { draft, forgetDraft, keepDraft } from "../../state/drafts.ts";
import {
  enrolment,
  NOBODY,
  sameTyped,
  type Typed,
  type Wrongs,
  wrongBy,
  wrongIn,
} from "../../state/roster.ts";
import { formKeys, useLeave } from "../discard.tsx";
import { newKey } from "../key.ts";
import { openResponder, openRoster } from "../route.ts";
import { Failed, useAsk } from "./ask.tsx";
import { Fields, firstWrong, Text, typedIn } from "./fields.tsx";
import type { People } from "./use-people.ts";
import { t } from "./words.ts";

/** The name of this form among what was typed. */
const DRAFT = "enrol";

/** What was typed, and the id of whoever is given none. */
interface Draft {
  typed: Typed;
  fresh: string;
}

export function Enrol({ people }: { people: People }) {
  const [wrong, setWrong] = useState<Wrongs>({});
  const { busy, error, ask, calm } = useAsk();
  const form = useRef<HTMLFormElement>(null);
  const [kept] = useState(() => draft<Draft>(DRAFT));
  // one id for each form, for whoever is given none
  const fresh = useRef(kept?.fresh ?? newKey().replace("desk-", "r-"));
  const { leave, question } = useLeave(DRAFT, openRoster);
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("#enrol-name")?.focus(), []);

  function show(found: Wrongs) {
    setWrong(found);
    firstWrong(form.current, found);
  }

  function keep() {
    const typed = typedIn(form.current as HTMLFormElement);
    if (sameTyped(typed, NOBODY)) forgetDraft(DRAFT);
    else keepDraft(DRAFT, { typed, fresh: fresh.current } satisfies Draft);
  }

  async function send(event?: Event) {
    event?.preventDefault();
    if (busy) return;
    const typed = typedIn(form.current as HTMLFormElement);
    const found = wrongIn(typed);
    show(found);
    if (Object.keys(found).length > 0) return calm();
    const who = enrolment(typed, fresh.current);
    const enrolled = async () => {
      try {
        return await roster.enrol(who);
      } catch (caught) {
        const { code, detail } = caught instanceof ApiError ? caught.problem : { code: "", detail: "" };
        // an id that nobody else can have: an earlier try had arrived after all
        if (code === "id_taken" && who.id === fresh.current) return roster.one(fresh.current);
        const named = wrongBy(code, detail);
        if (!named) throw caught;
        show(named);
        return null;
      }
    };
    await ask(enrolled, (one) => {
      if (!one) return;
      forgetDraft(DRAFT);
      people.put(one);
      openResponder(one.id);
    });
  }

  return (
    <section class="rosterside" aria-labelledby="enrol-title">
      <form
        ref={form}
        class="form"
        noValidate
        onSubmit={send}
        onInput={keep}
        onChange={keep}
        onKeyDown={formKeys(leave, send)}
      >
        <header>
          <h1 id="enrol-title">{t("enrol.title")}</h1>
          <button type="button" class="plain" onClick={leave}>
            {t("cancel")} <kbd>Esc</kbd>
          </button>
        </header>
        {question}
        <Fields wrong={wrong} start={kept?.typed ?? NOBODY} />
        <Text field="id" wrong={wrong.id} start={kept?.typed.id ?? ""} />
        <Failed error={error} />
        <button type="submit" class="primary wide" disabled={busy}>
          {busy ? t("enrol.busy") : t("enrol.go")}
        </button>
        <p class="quiet">{t("enrol.then")}</p>
      </form>
    </section>
  );
}
