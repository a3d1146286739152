// The bar: is the line up, does sound work, what time is it, how many could be reached.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { end } from "../state/desk.ts";
import { ageS } from "../state/line.ts";
import { leads } from "../state/roles.ts";
import { lineSound, switchOn } from "../state/sound.ts";
import { set, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { clockTime, number, t, word } from "../words/i18n.ts";
import { Ready } from "./ready.tsx";
import { Settings } from "./settings.tsx";
import { useSound } from "./sign-in.tsx";
import { ToCall } from "./to-call.tsx";

/** A line that broke and is there again at once needs no sound. */
const SOUND_AFTER_MS = 2_000;

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
      {leads(session) && <ToCall />}
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
  const seconds = useTime(() => ageS(line, Date.now()));
  return (
    <span class={`line line-${line.state}`}>
      <i aria-hidden="true" />
      {t(`line.${line.state}`, { seconds })}
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

/** That what is shown is old, for those who do not see the bar, and for those who do not look. */
export function LostStrip() {
  const line = useStore((state) => state.line);
  const over = useStore((state) => state.over);
  const old = line.state === "lost" || line.state === "behind";
  const seconds = useTime(() => ageS(line, Date.now()));
  const loud = old && seconds * 1000 >= SOUND_AFTER_MS;
  const [heard, setHeard] = useState(false);
  useEffect(() => setHeard(false), [old]);
  useEffect(() => {
    lineSound(loud && !heard);
    return () => lineSound(false);
  }, [loud, heard]);
  if (!old) return null;
  const means = over ? "line.over_means" : line.state === "lost" ? "line.lost_means" : "line.behind_means";
  return (
    <section class="loststrip" aria-label={t("line.title")}>
      <span>
        <strong>{t(`line.${line.state}`, { seconds })}</strong> {t(means)}
      </span>
      {!heard && (
        <button type="button" class="onstrip" onClick={() => setHeard(true)}>
          {t("line.quiet")}
        </button>
      )}
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
    end();
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
