// The badge to show on scene: who, of which organisation, with what skills, verified, and alive: the
// clock runs, so that it is no picture of a badge.
import { useLayoutEffect, useRef } from "preact/hooks";
import { say } from "../../../shared/sentences/phone/rows.ts";
import type { Alert } from "../api/types.ts";
import { useStore } from "../state/store.ts";
import { useBeat } from "../state/ticker.ts";
import { clockTime, t, word } from "../words/i18n.ts";
import { words } from "../words/said.ts";

export function BadgeView({ alert, onBack }: { alert?: Alert; onBack?: () => void }) {
  const me = useStore((state) => state.me);
  const line = useStore((state) => state.line);
  const now = useBeat(() => clockTime(Date.now(), true));
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const verified = me?.state === "verified";
  return (
    <main class="badge">
      {alert?.exercise && <p class="exercise-band">{words(say("exercise"))}</p>}
      <section class="badge-card">
        <p class="org">{me?.org ?? ""}</p>
        <h1 ref={title} tabIndex={-1}>
          {me?.name ?? t("badge.no_name")}
        </h1>
        <p class="skills">{me?.skills.map((skill) => word("skill", skill)).join(" · ")}</p>
        <p class={verified ? "verified" : "verified not"}>
          {verified ? t("badge.verified") : t("badge.not_verified")}
        </p>
        {alert && (
          <p>
            {t("badge.on", { kind: word("kind", alert.kind) })} · {word("role", alert.role)}
          </p>
        )}
        <p class="clock">
          <i aria-hidden="true" /> <span aria-hidden="true">{now}</span>
        </p>
        {line !== "live" && <p class="quiet">{t("badge.offline")}</p>}
      </section>
      <p class="quiet">{t("badge.lead")}</p>
      {onBack && (
        <button type="button" class="big" onClick={onBack}>
          {t("back")}
        </button>
      )}
    </main>
  );
}
