// The phones of a responder: whether a push reaches them, and what they last said of themselves.
import { useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Phone, Responder } from "../../api/types.ts";
import { millis, now } from "../../state/clock.ts";
import { useTime } from "../../state/ticker.ts";
import { Failed, focusSoon, useAsk } from "./ask.tsx";
import { Sure } from "./person.tsx";
import { ago, t, word } from "./words.ts";

interface PhonesProps {
  one: Responder;
  items: Phone[] | null;
  busy: boolean;
  error: unknown;
  read: () => void;
  removed: (phone: Phone) => void;
}

export function Phones({ one, items, busy, error, read, removed }: PhonesProps) {
  return (
    <section aria-labelledby="phones-title">
      <header class="sidehead">
        <h2 id="phones-title" tabIndex={-1}>
          {t("phones.title")}
        </h2>
        <button type="button" disabled={busy} onClick={read}>
          {busy ? t("reading") : t("phones.again")}
        </button>
      </header>
      <Failed error={error} again={read} />
      {items?.length === 0 && <p class="quiet">{t("phones.none")}</p>}
      <ul class="phones">
        {items?.map((phone) => (
          <One
            key={phone.device_id}
            owner={one}
            phone={phone}
            removed={() => {
              removed(phone);
              focusSoon("phones-title");
            }}
          />
        ))}
      </ul>
    </section>
  );
}

const since = (text: string) => ago((now() - millis(text)) / 1000);

interface OneProps {
  owner: Responder;
  phone: Phone;
  removed: () => void;
}

function One({ owner, phone, removed }: OneProps) {
  useTime((at) => Math.floor(at / 60_000));
  const [sure, setSure] = useState(false);
  const { busy, error, ask } = useAsk();
  const reached = phone.push === "ok";
  return (
    <li class="device">
      <p>
        <strong>{word("platform", phone.platform)}</strong>
        <span class={reached ? "good" : "bad"}>{reached ? t("push.ok") : t("push.dead")}</span>
      </p>
      <ul>
        {says(phone).map(([text, bad]) => (
          <li key={text} class={bad ? "bad" : ""}>
            {text}
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button
          type="button"
          class="grave"
          aria-expanded={sure}
          aria-label={t("remove.open_what", { what: word("platform", phone.platform) })}
          onClick={() => setSure(!sure)}
        >
          {t("remove.open")}
        </button>
      </div>
      {sure && (
        <Sure
          does={t("remove.does", { name: owner.name })}
          go={busy ? t("remove.busy") : t("remove.go")}
          busy={busy}
          run={() => void ask(() => roster.removePhone(owner.id, phone.device_id), removed)}
          cancel={() => setSure(false)}
        />
      )}
      <Failed error={error} />
    </li>
  );
}

/** Everything it said, each with whether it is a reason to worry. */
function says({ readiness, reported_at, last_received_at, last_test }: Phone): [string, boolean][] {
  const lines: [string, boolean][] = [];
  if (readiness) {
    lines.push([word("alarmmeans", readiness.alarm), readiness.alarm === "quiet"]);
    lines.push([word("positionmeans", readiness.position), readiness.position === "none"]);
    if (readiness.notifications && readiness.notifications !== "granted")
      lines.push([word("notifications", readiness.notifications), true]);
    if (readiness.subscribed === false) lines.push([t("phone.not_subscribed"), true]);
    if (readiness.background_limited) lines.push([t("phone.limited"), true]);
    if (readiness.battery_pct != null)
      lines.push([t("phone.battery", { percent: readiness.battery_pct }), readiness.battery_pct < 15]);
    if (readiness.app) lines.push([t("phone.app", { app: readiness.app }), false]);
  }
  lines.push([reported_at ? t("phone.reported", { ago: since(reported_at) }) : t("phone.unreported"), false]);
  if (last_received_at) lines.push([t("phone.received", { ago: since(last_received_at) }), false]);
  if (last_test) {
    const came = last_test.received_at;
    lines.push([
      came
        ? t("phone.test_came", { ago: since(last_test.sent_at) })
        : t("phone.test_missed", { ago: since(last_test.sent_at) }),
      !came,
    ]);
  }
  return lines;
}
