// What is typed about somebody, when they are enrolled and when they are changed.
import {
  type Field,
  LONGEST,
  SKILLS,
  TRAVELS,
  type Typed,
  type Wrong,
  type Wrongs,
} from "../../state/roster.ts";
import { word as deskWord } from "../../words/i18n.ts";
import { t, word } from "./words.ts";

const FIELDS: Field[] = ["name", "id", "phone"];

/** Puts the keyboard where something is wrong. */
export function firstWrong(form: HTMLFormElement | null, wrong: Wrongs): void {
  const first = FIELDS.find((field) => wrong[field]);
  if (first) form?.querySelector<HTMLElement>(`#enrol-${first}`)?.focus();
}

export function typedIn(form: HTMLFormElement): Typed {
  const data = new FormData(form);
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

/** Everything but the id, which cannot be changed. */
export function Fields({ wrong, start }: { wrong: Wrongs; start: Typed }) {
  return (
    <>
      <Text field="name" wrong={wrong.name} start={start.name} required />
      <Text field="phone" wrong={wrong.phone} start={start.phone} mode="tel" />
      <fieldset>
        <legend>{t("enrol.skills")}</legend>
        <div class="checks">
          {SKILLS.map((skill) => (
            <label key={skill} class="check">
              <input
                type="checkbox"
                name="skills"
                value={skill}
                defaultChecked={start.skills.includes(skill)}
              />{" "}
              {deskWord("skill", skill)}
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset class="choice">
        <legend>{t("enrol.travel")}</legend>
        {TRAVELS.map((travel) => (
          <label key={travel}>
            <input type="radio" name="travel" value={travel} defaultChecked={travel === start.travel} />
            <span>{word("travel", travel)}</span>
          </label>
        ))}
      </fieldset>
      <label class="check">
        <input type="checkbox" name="exercises" defaultChecked={start.exercises} /> {t("enrol.exercises")}
      </label>
    </>
  );
}

interface TextProps {
  field: Field;
  wrong: Wrong | undefined;
  start?: string;
  required?: boolean;
  mode?: "tel";
}

export function Text({ field, wrong, start = "", required, mode }: TextProps) {
  const id = `enrol-${field}`;
  return (
    <div class="field">
      <label for={id}>{t(`enrol.${field}`)}</label>
      <input
        id={id}
        name={field}
        inputMode={mode ?? "text"}
        autocomplete="off"
        defaultValue={start}
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
