// The bar: is the line up, does sound work, what time is it, how many could be reached.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { now } from "../state/clock.ts";
import { end } from "../state/desk.ts";
import { leads } from "../state/roles.ts";
import { switchOn } from "../state/sound.ts";
import { set, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { clockTime, number, t, word } from "../words/i18n.ts";
import { Ready } from "./ready.tsx";
import { Settings } from "./settings.tsx";
import { useSound } from "./sign-in.tsx";

export function Bar() {
  const session = useStore((state) => state.session);
  const reachable = useStore((state) => state.reachable);
  if (!session) return null;
  return (
    <header class="bar">
      <span class="brand">muster</span>
      <span class="org">{session.org}</span>
      {session.simulated && <span class="tag">{t("bar.simulated")}</span>}
      <Line />
      <Sound />
      <span class="spring" />
      {leads(session) && <Ready />}
      <span class="reachable" title={t("bar.reachable_title")}>
        <strong>{reachable === null ? "…" : number(reachable)}</strong> {t("bar.reachable")}
      </span>
      <Clock />
      <Menu who={session.sub} role={session.role} />
      <button type="button" class="primary" aria-keyshortcuts="n" onClick={() => set({ form: true })}>
        {t("bar.new")} <kbd>N</kbd>
      </button>
    </header>
  );
}

function Line() {
  const line = useStore((state) => state.line);
  // counted by this machine's own clock: the server cannot be asked
  const seconds = useTime((at) => Math.max(0, Math.round((at - now() + Date.now() - line.since) / 1000)));
  const words =
    line.state === "live"
      ? t("line.live")
      : line.state === "lost"
        ? t("line.lost", { seconds })
        : t("line.connecting");
  return (
    <span class={`line line-${line.state}`}>
      <i aria-hidden="true" />
      {words}
    </span>
  );
}

function Sound() {
  const works = useSound();
  return works ? (
    <span class="sound">{t("sound.on")}</span>
  ) : (
    <button type="button" class="warn" onClick={() => void switchOn()}>
      {t("sound.off")}
    </button>
  );
}

function Clock() {
  const time = useTime((at) => clockTime(at));
  return <time class="clock">{time}</time>;
}

/** The loss of the line, for those who do not see the bar. */
export function LostStrip() {
  const lost = useStore((state) => state.line.state === "lost");
  const since = useStore((state) => state.line.since);
  const seconds = useTime(() => Math.max(0, Math.round((Date.now() - since) / 1000)));
  if (!lost) return null;
  return (
    <section class="loststrip" aria-label={t("line.title")}>
      <strong>{t("line.lost", { seconds })}</strong> {t("line.stale")}
    </section>
  );
}

function Menu({ who, role }: { who: string; role: string }) {
  const [open, setOpen] = useState(false);
  const inside = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!inside.current?.contains(event.target as Node)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") setOpen(false);
    };
    addEventListener("pointerdown", outside);
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", onKey);
    };
  }, [open]);
  async function signOut() {
    // the page forgets in any case; the cookie is the server's to clear
    await api.signOut().catch(() => undefined);
    end(null);
  }
  return (
    <div class="menu" ref={inside}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {who} <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div class="card pop">
          <p class="quiet">
            {who} · {word("role", role)}
          </p>
          <Settings />
          <button type="button" onClick={signOut}>
            {t("bar.sign_out")}
          </button>
        </div>
      )}
    </div>
  );
}
