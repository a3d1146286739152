// Somebody new: what is wrong stands at its field.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { roster } from "../../api/roster.ts";
import {
  enrolment,
  type Field,
  LONGEST,
  type Typed,
  type Wrong,
  wrongBy,
  wrongIn,
} from "../../state/roster.ts";
import { word as deskWord } from "../../words/i18n.ts";
import { newKey } from "../key.ts";
import { openResponder, openRoster } from "../route.ts";
import { Failed, useAsk } from "./ask.tsx";
import type { People } from "./use-people.ts";
import { t, word } from "./words.ts";

const SKILLS = ["bls", "first_aid", "nurse", "emt", "paramedic", "doctor", "firefighter", "police"];
const TRAVELS = ["foot", "bike", "car"];
const FIELDS: Field[] = ["name", "id", "phone"];

export function Enrol({ people }: { people: People }) {
  const [wrong, setWrong] = useState<Partial<Record<Field, Wrong>>>({});
  const { busy, error, ask, calm } = useAsk();
  const form = useRef<HTMLFormElement>(null);
  // one id for each form, for whoever is given none
  const fresh = useRef(newKey().replace("desk-", "r-"));
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("#enrol-name")?.focus(), []);

  function show(found: Partial<Record<Field, Wrong>>) {
    setWrong(found);
    const first = FIELDS.find((field) => found[field]);
    if (first) form.current?.querySelector<HTMLElement>(`#enrol-${first}`)?.focus();
  }

  async function send(event?: Event) {
    event?.preventDefault();
    if (busy) return;
    const typed = read(new FormData(form.current as HTMLFormElement));
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
        <Text field="name" wrong={wrong.name} required />
        <Text field="phone" wrong={wrong.phone} mode="tel" />
        <fieldset>
          <legend>{t("enrol.skills")}</legend>
          <div class="checks">
            {SKILLS.map((skill) => (
              <label key={skill} class="check">
                <input type="checkbox" name="skills" value={skill} /> {deskWord("skill", skill)}
              </label>
            ))}
          </div>
        </fieldset>
        <fieldset class="choice">
          <legend>{t("enrol.travel")}</legend>
          {TRAVELS.map((travel) => (
            <label key={travel}>
              <input type="radio" name="travel" value={travel} defaultChecked={travel === "foot"} />
              <span>{word("travel", travel)}</span>
            </label>
          ))}
        </fieldset>
        <label class="check">
          <input type="checkbox" name="exercises" /> {t("enrol.exercises")}
        </label>
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

function read(data: FormData): Typed {
  const text = (name: string) => String(data.get(name) ?? "");
  return {
    name: text("name"),
    id: text("id"),
    phone: text("phone"),
    skills: data.getAll("skills").map(String),
    travel: text("travel"),
    exercises: data.get("exercises") !== null,
  };
}

interface TextProps {
  field: Field;
  wrong: Wrong | undefined;
  required?: boolean;
  mode?: "tel";
}

function Text({ field, wrong, required, mode }: TextProps) {
  const id = `enrol-${field}`;
  return (
    <div class="field">
      <label for={id}>{t(`enrol.${field}`)}</label>
      <input
        id={id}
        name={field}
        inputMode={mode ?? "text"}
        autocomplete="off"
        required={required}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-hint`}
      />
      <p id={`${id}-hint`} class={wrong ? "error" : "quiet"}>
        {wrong ? t(`wrong.${wrong}`, { most: LONGEST[field] }) : word("enrolhint", field)}
      </p>
    </div>
  );
}
