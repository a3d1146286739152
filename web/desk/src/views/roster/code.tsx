// A code that signs a phone in once: shown large, as a link and as a picture, and kept nowhere.
import { useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Responder, SignInCode } from "../../api/types.ts";
import { millis } from "../../state/clock.ts";
import { useTime } from "../../state/ticker.ts";
import { Failed, focusSoon, useAsk } from "./ask.tsx";
import { Copied, Handout, Qr } from "./handout.tsx";
import { dayAndTime, t } from "./words.ts";

export function SignIn({ one }: { one: Responder }) {
  const [code, setCode] = useState<SignInCode | null>(null);
  const [others, setOthers] = useState(false);
  const { busy, error, ask } = useAsk();
  function make(event: Event) {
    event.preventDefault();
    void ask(() => roster.code(one.id, others), setCode);
  }
  function hide() {
    setCode(null);
    focusSoon("code-title");
  }
  return (
    <section aria-labelledby="code-title">
      <h2 id="code-title" tabIndex={-1}>
        {t("code.title")}
      </h2>
      {code ? (
        <Shown key={code.code} code={code} one={one} done={hide} />
      ) : (
        <form class="makes" onSubmit={make}>
          <p class="quiet">{t("code.lead")}</p>
          <label class="check">
            <input
              type="checkbox"
              checked={others}
              onChange={(event) => setOthers(event.currentTarget.checked)}
            />{" "}
            {t("code.others")}
          </label>
          <Failed error={error} />
          <button type="submit" disabled={busy}>
            {busy ? t("code.busy") : t("code.go")}
          </button>
        </form>
      )}
    </section>
  );
}

interface ShownProps {
  code: SignInCode;
  one: Responder;
  done: () => void;
}

function Shown({ code, one, done }: ShownProps) {
  const over = useTime((at) => millis(code.expires_at) <= at);
  const link = new URL(code.path, location.origin).href;
  const page = new URL(code.path.split("#")[0] ?? "", location.origin).href;
  const title = t("code.for", { name: one.name });
  if (over) {
    return (
      <Handout title={title} done={done}>
        <p class="ask">{t("code.over")}</p>
      </Handout>
    );
  }
  return (
    <Handout title={title} done={done}>
      <div class="handed">
        <Qr text={link} name={t("code.qr", { name: one.name })} />
        <div>
          <p class="code">
            {code.code.split("-").map((part, n) => (
              // read group by group, and never broken within one
              <span key={`${n} ${part}`}>{n > 0 ? `-${part}` : part}</span>
            ))}
          </p>
          <p>{t("code.until", { until: dayAndTime(code.expires_at) })}</p>
          <ol class="steps">
            <li>{t("code.scan")}</li>
            <li>{t("code.type", { page })}</li>
            <li>{t("code.install")}</li>
          </ol>
        </div>
      </div>
      <Copied id="code-link" name={t("code.link")} value={link} />
    </Handout>
  );
}
