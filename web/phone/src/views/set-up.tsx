// After the sign-in: what this phone must allow to be heard, one by one, each with its reason and with
// what happens without it. Nothing is asked for before its reason was read.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Facts } from "../device/readiness.ts";
import { askPosition } from "../state/place.ts";
import { set, useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { allowPush, trySound } from "./fixes.tsx";

const STEPS = ["notifications", "position", "sound"] as const;
type Step = (typeof STEPS)[number];

const isDone = (step: Step, facts: Facts) =>
  step === "notifications"
    ? facts.notifications === "granted" && facts.subscribed
    : step === "position"
      ? facts.position === "granted"
      : false;

export function SetUp() {
  const facts = useStore((state) => state.facts);
  const name = useStore((state) => state.me?.name ?? "");
  const [at, setAt] = useState(0);
  const [error, setError] = useState("");
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), [at]);
  const step = STEPS[at];
  if (!step || !facts) return <main class="page set-up">{facts && <p>{t("waiting")}</p>}</main>;

  const done = isDone(step, facts);
  const denied =
    step === "notifications"
      ? facts.notifications === "denied"
      : step === "position" && facts.position === "denied";
  const next = () => {
    setError("");
    if (at + 1 < STEPS.length) setAt(at + 1);
    else set({ setUp: true });
  };
  const ask = () => {
    setError("");
    if (step === "position") return askPosition();
    const act = step === "notifications" ? allowPush : trySound;
    act().catch((caught) => setError(caught instanceof DOMException ? t("push.refused") : errorText(caught)));
  };
  return (
    <main class="page set-up" data-step={step}>
      <p class="quiet">
        {name && `${name} · `}
        {t("setup.step", { at: at + 1, of: STEPS.length })}
      </p>
      <h1 ref={title} tabIndex={-1}>
        {t(`setup.${step}`)}
      </h1>
      <p class="lead">{t(`setup.${step}_why`)}</p>
      <p class="quiet">{t(`setup.${step}_without`)}</p>
      {denied && <p class="note">{t(facts.platform === "ios" ? "denied.ios" : "denied.browser")}</p>}
      <p class="error" role="alert">
        {error}
      </p>
      <div class="spring" />
      {!done && !denied && (
        <button type="button" class="big primary" onClick={ask}>
          {t(`fix.${step}`)}
        </button>
      )}
      {done && (
        <p class="good" role="status">
          {t("setup.done")}
        </p>
      )}
      <button type="button" class={`big ${done ? "primary" : ""}`} onClick={next}>
        {at + 1 < STEPS.length ? t("setup.next") : t("setup.finish")}
      </button>
    </main>
  );
}
