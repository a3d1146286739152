// What happened: a kind that the plans know, or any other word, which is asked about first.
import { useRef } from "preact/hooks";
import { KINDS, type Kind } from "../../../shared/kinds.ts";
import { useFormFacts } from "../state/form-facts.ts";
import { kindOf, nearestKinds } from "../state/kinds.ts";
import { t, word } from "../words/i18n.ts";

interface KindFieldProps {
  id: string;
  typed: string;
  onTyped: (typed: string) => void;
  /** The field was left, or the form was tried to be sent. */
  asking: boolean;
  /** The person has seen the question and may send all the same. */
  asked: boolean;
  onLeft: () => void;
}

export function KindField({ id, typed, onTyped, asking, asked, onLeft }: KindFieldProps) {
  const { kinds } = useFormFacts();
  const planned = kinds.filter((kind) => !KINDS.includes(kind as Kind));
  const unknown = asking && typed.trim() !== "" && !kindOf(typed, planned).known;
  const field = useRef<HTMLInputElement>(null);

  /** The button goes with the question: the cursor stays in the form. */
  function take(kind: Kind) {
    onTyped(word("kind", kind));
    field.current?.focus();
  }

  return (
    <div>
      <label for={id}>{t("form.kind")}</label>
      <input
        ref={field}
        id={id}
        list={`${id}s`}
        autocomplete="off"
        maxLength={64}
        value={typed}
        aria-describedby={unknown ? `${id}-unknown` : undefined}
        onInput={(event) => onTyped(event.currentTarget.value)}
        onBlur={onLeft}
      />
      <datalist id={`${id}s`}>
        {[...KINDS, ...planned].map((code) => (
          <option key={code} value={word("kind", code)} />
        ))}
      </datalist>
      {unknown && (
        <div class="ask" role="alert" id={`${id}-unknown`}>
          <p>
            {t("form.kind_unknown", { typed: typed.trim(), other: word("kind", "other") })}{" "}
            {asked && t("place.send_anyway")}
          </p>
          {nearestKinds(typed).map((kind) => (
            <button key={kind} type="button" onClick={() => take(kind)}>
              {t("form.kind_take", { kind: word("kind", kind) })}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
