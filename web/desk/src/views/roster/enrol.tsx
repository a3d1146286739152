// Somebody new: what is wrong stands at its field.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { roster } from "../../api/roster.ts";
import { enrolment, NOBODY, type Wrongs, wrongBy, wrongIn } from "../../state/roster.ts";
import { newKey } from "../key.ts";
import { openResponder, openRoster } from "../route.ts";
import { Failed, useAsk } from "./ask.tsx";
import { Fields, firstWrong, Text, typedIn } from "./fields.tsx";
import type { People } from "./use-people.ts";
import { t } from "./words.ts";

export function Enrol({ people }: { people: People }) {
  const [wrong, setWrong] = useState<Wrongs>({});
  const { busy, error, ask, calm } = useAsk();
  const form = useRef<HTMLFormElement>(null);
  // one id for each form, for whoever is given none
  const fresh = useRef(newKey().replace("desk-", "r-"));
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("#enrol-name")?.focus(), []);

  function show(found: Wrongs) {
    setWrong(found);
    firstWrong(form.current, found);
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
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            openRoster();
          }
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send(event);
        }}
      >
        <header>
          <h1 id="enrol-title">{t("enrol.title")}</h1>
          <button type="button" class="plain" onClick={openRoster}>
            {t("cancel")} <kbd>Esc</kbd>
          </button>
        </header>
        <Fields wrong={wrong} start={NOBODY} />
        <Text field="id" wrong={wrong.id} />
        <Failed error={error} />
        <button type="submit" class="primary wide" disabled={busy}>
          {busy ? t("enrol.busy") : t("enrol.go")}
        </button>
        <p class="quiet">{t("enrol.then")}</p>
      </form>
    </section>
  );
}
