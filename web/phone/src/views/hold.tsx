// A button that is held, so that no pocket and no hasty thumb presses it. Whoever taps it, or uses a
// keyboard or a screen reader, is asked once more instead: an equal way without holding.
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** So long, milliseconds: longer than a touch by mistake. */
const HOLD_MS = 700;

interface Props {
  label: string;
  /** What holding does, under the label. */
  hint: string;
  /** The words of the second question. */
  sure: string;
  back: string;
  class: string;
  busy?: boolean;
  onDone(): void;
}

export function Hold({ label, hint, sure, back, class: look, busy, onDone }: Props) {
  const [state, setState] = useState<"idle" | "holding" | "asking">("idle");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const held = useRef(false);
  const yes = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const returning = useRef(false);

  // before the next picture: the next key is theirs
  useLayoutEffect(() => {
    if (state === "asking") yes.current?.focus();
    if (state === "idle" && returning.current) first.current?.focus();
    returning.current = state === "asking";
  }, [state]);
  useLayoutEffect(() => () => clearTimeout(timer.current), []);

  function down(event: PointerEvent) {
    if (busy || event.button !== 0) return;
    held.current = false;
    setState("holding");
    timer.current = setTimeout(() => {
      held.current = true;
      navigator.vibrate?.(40);
      setState("idle");
      onDone();
    }, HOLD_MS);
  }
  function up() {
    clearTimeout(timer.current);
    setState((old) => (old === "holding" ? "idle" : old));
  }

  if (state === "asking") {
    return (
      <div class="hold-asking">
        <button
          ref={yes}
          type="button"
          class={`hold ${look}`}
          onClick={() => {
            setState("idle");
            onDone();
          }}
        >
          <strong>{sure}</strong>
        </button>
        <button type="button" class="big plain" onClick={() => setState("idle")}>
          {back}
        </button>
      </div>
    );
  }
  return (
    <button
      ref={first}
      type="button"
      class={`hold ${look} ${state === "holding" ? "is-held" : ""}`}
      disabled={busy ?? false}
      onPointerDown={down}
      onPointerUp={up}
      onPointerLeave={up}
      onPointerCancel={up}
      onContextMenu={(event) => event.preventDefault()}
      onClick={() => {
        // the click that ends a hold is no tap
        if (!held.current) setState("asking");
        held.current = false;
      }}
    >
      <i class="hold-fill" style={{ transitionDuration: `${HOLD_MS}ms` }} />
      <strong>{label}</strong>
      <span>{hint}</span>
    </button>
  );
}
