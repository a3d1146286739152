// The end of a session: told before, and a new token is given without losing anything of the page.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { now } from "../state/clock.ts";
import { goOn } from "../state/desk.ts";
import { endsInMin } from "../state/session.ts";
import { get, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { t } from "../words/i18n.ts";
import { LostStrip } from "./bar.tsx";
import { TokenForm } from "./sign-in.tsx";
import { readToken } from "./token.ts";

/** That the session ends soon, and the way to go on. */
export function SessionEnds() {
  const session = useStore((state) => state.session);
  const over = useStore((state) => state.over);
  const [asking, setAsking] = useState(false);
  const minutes = useTime(() => (session ? (endsInMin(session, now()) ?? -1) : -1));
  if (over) return <NewToken />;
  if (minutes < 0) return null;
  return (
    <section class="sessionstrip" aria-label={t("session.title")}>
      <strong role="status">{t("session.ends", { n: minutes })}</strong>
      <button type="button" class="onstrip" onClick={() => setAsking(true)}>
        {t("session.renew")}
      </button>
      {asking && <NewToken later={() => setAsking(false)} />}
    </section>
  );
}

/** A token of somebody else begins a desk of their own. */
function stranger(token: string): string | null {
  const [claims, session] = [readToken(token), get().session];
  if (!session || !claims?.sub) return null;
  const same = claims.sub === session.sub && claims.org === session.org && claims.role === session.role;
  return same ? null : t("session.stranger", { who: claims.sub, me: session.sub });
}

/** Asks for a new token above the page, which stays as it was. */
function NewToken({ later }: { later?: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const me = useStore((state) => state.session?.sub ?? "");
  useLayoutEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector("textarea")?.focus();
  }, []);
  const goneOn = async () => {
    await goOn();
    later?.();
  };
  return (
    <dialog
      ref={dialog}
      class="newtoken"
      aria-labelledby="newtoken-title"
      onCancel={(event) => {
        event.preventDefault();
        later?.();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      {!later && <LostStrip />}
      <div class="card">
        <h1 id="newtoken-title">{later ? t("session.renew") : t("session.over")}</h1>
        <p class="quiet">{t("session.kept", { who: me })}</p>
        <TokenForm signedIn={goneOn} doubt={stranger} />
        {later && (
          <button type="button" class="plain wide" onClick={later}>
            {t("session.later")}
          </button>
        )}
      </div>
    </dialog>
  );
}
