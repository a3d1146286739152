// Other apps that report where a responder is: their credentials, made and ended.
import { useEffect, useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Responder, Tracker, TrackerMade } from "../../api/types.ts";
import { Failed, focusSoon, useAsk } from "./ask.tsx";
import { Copied, Handout, Qr } from "./handout.tsx";
import { Sure } from "./person.tsx";
import { dayAndTime, t, word } from "./words.ts";

/** The server keeps no more of one responder. */
const MOST = 5;
/** The server's longest label, characters. */
const LABEL_MAX = 100;
const APPS = ["owntracks", "traccar"] as const;
type App = (typeof APPS)[number];

export function Trackers({ one }: { one: Responder }) {
  const [items, setItems] = useState<Tracker[] | null>(null);
  const [made, setMade] = useState<{ app: App; tracker: TrackerMade } | null>(null);
  const { error, ask } = useAsk();
  const read = () =>
    void ask(
      () => roster.trackers(one.id),
      (found) => setItems(found.items),
    );
  useEffect(read, []);
  return (
    <section aria-labelledby="trackers-title">
      <h2 id="trackers-title" tabIndex={-1}>
        {t("trackers.title")}
      </h2>
      <p class="quiet">{t("trackers.lead")}</p>
      <Failed error={error} again={read} />
      {items?.length === 0 && <p class="quiet">{t("trackers.none")}</p>}
      <ul class="trackers">
        {items?.map((tracker) => (
          <One
            key={tracker.id}
            owner={one}
            tracker={tracker}
            ended={() => {
              setMade((old) => (old?.tracker.id === tracker.id ? null : old));
              setItems((old) => old?.filter((it) => it.id !== tracker.id) ?? null);
              focusSoon("trackers-title");
            }}
          />
        ))}
      </ul>
      {made ? (
        <Made
          key={made.tracker.id}
          {...made}
          owner={one}
          done={() => {
            setMade(null);
            focusSoon("trackers-title");
          }}
        />
      ) : items && items.length >= MOST ? (
        <p class="quiet">{t("trackers.full", { most: MOST })}</p>
      ) : (
        <Make
          owner={one}
          failed={read}
          made={(app, tracker) => {
            setMade({ app, tracker });
            setItems((old) => [...(old ?? []), tracker]);
          }}
        />
      )}
    </section>
  );
}

interface MakeProps {
  owner: Responder;
  made: (app: App, tracker: TrackerMade) => void;
  failed: () => void;
}

function Make({ owner, made, failed }: MakeProps) {
  const [app, setApp] = useState<App>("owntracks");
  const [label, setLabel] = useState("");
  const { busy, error, ask } = useAsk();
  function make(event: Event) {
    event.preventDefault();
    void ask(
      () =>
        roster.makeTracker(owner.id, label.trim() || word("app", app)).catch((caught) => {
          // the answer may be lost and the credential there: the list says
          failed();
          throw caught;
        }),
      (tracker) => made(app, tracker),
    );
  }
  return (
    <form class="makes" onSubmit={make}>
      <fieldset class="choice">
        <legend>{t("trackers.app")}</legend>
        {APPS.map((one) => (
          <label key={one}>
            <input type="radio" name="app" checked={app === one} onChange={() => setApp(one)} />
            <span>{word("app", one)}</span>
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="tracker-label">{t("trackers.label")}</label>
        <input
          id="tracker-label"
          autocomplete="off"
          maxLength={LABEL_MAX}
          aria-describedby="tracker-label-hint"
          value={label}
          onInput={(event) => setLabel(event.currentTarget.value)}
        />
        <p id="tracker-label-hint" class="quiet">
          {t("trackers.label_hint")}
        </p>
      </div>
      <Failed error={error} lost={t("trackers.lost")} />
      <button type="submit" disabled={busy}>
        {busy ? t("trackers.busy") : t("trackers.go")}
      </button>
    </form>
  );
}

interface MadeProps {
  app: App;
  tracker: TrackerMade;
  owner: Responder;
  done: () => void;
}

/** Everything to type into the app, once. */
function Made({ app, tracker, owner, done }: MadeProps) {
  const { owntracks, traccar } = tracker;
  return (
    <Handout title={t("made.title", { app: word("app", app), name: owner.name })} done={done}>
      {app === "owntracks" ? (
        <>
          <div class="handed">
            <Qr text={owntracks.link} name={t("made.qr")} />
            <ol class="steps">
              <li>{t("made.install", { app: word("app", app) })}</li>
              <li>{t("made.scan")}</li>
              <li>{t("made.by_hand")}</li>
            </ol>
          </div>
          <Copied id="made-link" name={t("made.link")} value={owntracks.link} />
          <Copied id="made-url" name={t("made.url")} value={owntracks.url} />
          <Copied id="made-user" name={t("made.user")} value={owntracks.username} />
          <Copied id="made-password" name={t("made.password")} value={owntracks.password} />
        </>
      ) : (
        <>
          <ol class="steps">
            <li>{t("made.install", { app: word("app", app) })}</li>
            <li>{t("made.enter")}</li>
            <li>{t("made.tracking")}</li>
          </ol>
          <Copied id="made-url" name={t("made.server")} value={traccar.url} />
          <Copied id="made-device" name={t("made.device")} value={traccar.device_identifier} />
        </>
      )}
      <p class="ask">{t("made.secret", { name: owner.name })}</p>
    </Handout>
  );
}

function One({ owner, tracker, ended }: { owner: Responder; tracker: Tracker; ended: () => void }) {
  const [sure, setSure] = useState(false);
  const { busy, error, ask } = useAsk();
  const name = tracker.label ?? tracker.id;
  return (
    <li class="tracker">
      <span>
        <strong>{name}</strong>
        <small>
          {t("trackers.made", { id: tracker.id, by: tracker.made_by, when: dayAndTime(tracker.made_at) })}
        </small>
      </span>
      <button
        type="button"
        class="grave"
        aria-expanded={sure}
        aria-label={t("revoke.open_what", { what: name })}
        onClick={() => setSure(!sure)}
      >
        {t("revoke.open")}
      </button>
      {sure && (
        <Sure
          does={t("revoke.does")}
          go={busy ? t("revoke.busy") : t("revoke.go")}
          busy={busy}
          run={() => void ask(() => roster.revoke(owner.id, tracker.id), ended)}
          cancel={() => setSure(false)}
        />
      )}
      <Failed error={error} />
    </li>
  );
}
