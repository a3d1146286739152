// Asks before what was typed is thrown away.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { draft, forgetDraft } from "../state/drafts.ts";
import { t } from "../words/i18n.ts";

/** How a form is left: asked about while something is typed in it, under its name among the drafts. */
export function useLeave(name: string, done: () => void) {
  const [asking, setAsking] = useState(false);
  const discard = () => {
    forgetDraft(name);
    done();
  };
  return {
    leave: () => (draft(name) ? setAsking(true) : done()),
    /** Nothing of it is needed any more. */
    discard,
    question: asking ? <Discard keep={() => setAsking(false)} discard={discard} /> : null,
  };
}

/** The keys of a form inside a page: `Esc` leaves it and not the page, `Ctrl+Enter` sends it. */
export const formKeys = (leave: () => void, send: (event: Event) => unknown) => (event: KeyboardEvent) => {
  if (event.key === "Escape") {
    event.stopPropagation();
    leave();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send(event);
};

interface DiscardProps {
  keep: () => void;
  discard: () => void;
}

/** The question; the safe answer has the focus, and `Esc` is the safe answer. */
function Discard({ keep, discard }: DiscardProps) {
  const safe = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    safe.current?.focus();
    return () => before?.focus();
  }, []);
  return (
    <div
      class="ask"
      role="alertdialog"
      aria-labelledby="discard-question"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        keep();
      }}
    >
      <p id="discard-question">{t("draft.discard_question")}</p>
      <div class="buttons">
        <button type="button" ref={safe} onClick={keep}>
          {t("draft.keep")}
        </button>
        <button type="button" class="grave" onClick={discard}>
          {t("draft.discard")}
        </button>
      </div>
    </div>
  );
}
