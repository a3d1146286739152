// The page: sign-in, or the desk.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { used } from "./state/desk.ts";
import { hasDrafts } from "./state/drafts.ts";
import { leads } from "./state/roles.ts";
import { onSettings, settings } from "./state/settings.ts";
import { soundWorks, switchOn } from "./state/sound.ts";
import { get, set, useStore } from "./state/store.ts";
import { Alarms } from "./views/alarms.tsx";
import { Announce } from "./views/announce.tsx";
import { Bar, LostStrip } from "./views/bar.tsx";
import { Form } from "./views/form.tsx";
import { HistoryPane } from "./views/history-pane.tsx";
import { IncidentPage } from "./views/incident.tsx";
import { List } from "./views/list.tsx";
import { MapPane } from "./views/map-pane.tsx";
import { RosterPane } from "./views/roster-pane.tsx";
import { leaveIncident, openList, openRoster } from "./views/route.ts";
import { SessionEnds } from "./views/session.tsx";
import { SignIn } from "./views/sign-in.tsx";
import { t } from "./words/i18n.ts";

export function App() {
  const [chosen, setChosen] = useState(settings());
  useEffect(() => onSettings(() => setChosen(settings())), []);
  const session = useStore((state) => state.session);
  if (session === undefined) return <Waiting />;
  // another language is another page: every word is drawn anew
  return session ? <Desk key={chosen.language} /> : <SignIn key={chosen.language} />;
}

function Waiting() {
  const lost = useStore((state) => state.line.state === "lost");
  return (
    <main class="waiting">
      <h1>muster</h1>
      <p role="status">{lost ? t("signin.no_answer") : t("waiting")}</p>
    </main>
  );
}

function Desk() {
  const open = useStore((state) => state.open);
  const over = useStore((state) => state.over);
  const form = useStore((state) => state.form);
  // an address that the role may not see is the list
  const place = useStore((state) => (leads(state.session) ? state.roster : null));
  const past = useStore((state) => state.past);
  const roster = !form && place;
  // with the picture, not after it: a key pressed as soon as the list is seen would be lost
  useLayoutEffect(() => {
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent) => hasDrafts() && event.preventDefault();
    addEventListener("beforeunload", leaving);
    return () => removeEventListener("beforeunload", leaving);
  }, []);
  useEffect(() => {
    // a browser that may play at once does; any other after the first touch of the page
    void switchOn();
    const touched = () => {
      used();
      void (soundWorks() || switchOn());
    };
    addEventListener("pointerdown", touched);
    addEventListener("keydown", used);
    return () => {
      removeEventListener("pointerdown", touched);
      removeEventListener("keydown", used);
    };
  }, []);
  return (
    <div class="desk">
      <Bar />
      {!over && <LostStrip />}
      <SessionEnds />
      <Alarms />
      <Announce />
      <main class={roster ? "side side-wide" : "side"}>
        {form ? (
          <Form />
        ) : roster ? (
          <RosterPane place={roster} />
        ) : past ? (
          <HistoryPane />
        ) : open ? (
          <IncidentPage key={open} id={open} />
        ) : (
          <List />
        )}
      </main>
      <MapPane covered={Boolean(roster)} />
    </div>
  );
}

/** Single keys, where nobody is typing and nobody has switched them off. */
function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const typing = target.matches("input, textarea, select");
  if (get().over || event.ctrlKey || event.metaKey || event.altKey || typing) return;
  if (event.key === "n" && settings().keys && !get().form) {
    event.preventDefault();
    set({ form: true });
  } else if (event.key === "r" && settings().keys && !get().form && leads(get().session)) {
    event.preventDefault();
    openRoster();
  } else if (event.key === "Escape" && !get().form) leave();
  else if (event.key === "ArrowDown" || event.key === "ArrowUp")
    step(event, event.key === "ArrowDown" ? 1 : -1);
}

/** One step back: from a person to all of them, from anything to the incidents. */
function leave(): void {
  const { open, roster, past } = get();
  if (roster && roster.at !== "list" && leads(get().session)) openRoster();
  else if (open) leaveIncident();
  else if (roster || past) openList();
}

/** From row to row of the list; the first arrow enters it. */
function step(event: KeyboardEvent, by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>(".list .row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  // an arrow on the map or on a button is theirs
  if (rows.length === 0 || (at < 0 && document.activeElement !== document.body)) return;
  event.preventDefault();
  rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}
