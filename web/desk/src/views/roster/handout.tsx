// What is handed over once: a QR picture, and everything beside it that can be copied or printed.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { qrPath } from "./qr-path.ts";
import { t } from "./words.ts";

/** Black on white in every theme: readers want it so. */
export function Qr({ text, name }: { text: string; name: string }) {
  const { size, path } = qrPath(text);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges" role="img" aria-label={name}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

interface HandoutProps {
  title: string;
  /** Seen once: closing it is for good. */
  done: () => void;
  children: ComponentChildren;
}

export function Handout({ title, done, children }: HandoutProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.parentElement?.scrollIntoView({ block: "start" });
  }, []);
  return (
    <section class="handout" aria-label={title}>
      <h3 tabIndex={-1} ref={heading}>
        {title}
      </h3>
      {children}
      <p class="once">{t("handout.once")}</p>
      <div class="buttons">
        <button type="button" onClick={() => print()}>
          {t("handout.print")}
        </button>
        <button type="button" class="plain" onClick={done}>
          {t("handout.done")}
        </button>
      </div>
    </section>
  );
}

/** A value to be typed elsewhere, with a button that copies it. */
export function Copied({ id, name, value }: { id: string; name: string; value: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("");
  async function copy() {
    field.current?.select();
    try {
      // missing on plain HTTP, where the older way still works
      if (navigator.clipboard) await navigator.clipboard.writeText(value);
      else if (!document.execCommand("copy")) throw new Error("refused");
      setSaid(t("copied"));
    } catch {
      setSaid(t("not_copied"));
    }
  }
  return (
    <div class="copied">
      <label for={id}>{name}</label>
      <input id={id} ref={field} readOnly value={value} spellcheck={false} />
      <button type="button" onClick={copy} aria-label={t("copy_what", { what: name })}>
        {t("copy")}
      </button>
      <span class="quiet" role="status">
        {said}
      </span>
    </div>
  );
}
