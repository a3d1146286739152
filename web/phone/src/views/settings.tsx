// Language, colours, the sounds to try, quiet hours, usual places, what is kept, and the way out.
import { useState } from "preact/hooks";
import { http } from "../api/http.ts";
import { hush, onSound, ring, ringing, type Sound } from "../device/sound.ts";
import { end } from "../state/life.ts";
import { choose, settings, type Theme } from "../state/settings.ts";
import { get, useStore } from "../state/store.ts";
import { LANGUAGES, type Language, t } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { useListened } from "./listened.ts";
import { Places } from "./places.tsx";
import { Privacy } from "./privacy.tsx";
import { Quiet } from "./quiet.tsx";

const THEMES: Theme[] = ["auto", "light", "dark"];
const SOUNDS: Sound[] = ["alert", "exercise", "stand_down", "danger"];

export function SettingsView() {
  return (
    <main class="page">
      <h1>{t("tab.settings")}</h1>
      <Quiet />
      <Places />
      <Sounds />
      <Look />
      <Privacy />
      <SignOut />
    </main>
  );
}

function Sounds() {
  const playing = useListened(onSound, ringing);
  return (
    <section class="card">
      <h2>{t("sounds.title")}</h2>
      <p>{t("sounds.lead")}</p>
      <div class="pair">
        {SOUNDS.map((sound) => (
          <button
            key={sound}
            type="button"
            class="big"
            aria-pressed={playing === sound}
            onClick={() => (playing === sound ? hush() : ring(sound))}
          >
            {t(`sounds.${sound as "alert"}`)}
          </button>
        ))}
      </div>
    </section>
  );
}

/** Language and colours, on the sign-in too. */
export function Look() {
  const { language, theme } = settings();
  return (
    <section class="card look">
      <label>
        {t("settings.language")}
        <select
          value={language}
          onChange={(event) => choose({ language: event.currentTarget.value as Language })}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("settings.theme")}
        <select value={theme} onChange={(event) => choose({ theme: event.currentTarget.value as Theme })}>
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {t(`theme.${one}`)}
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}

/** The server forgets this phone first: whoever leaves is woken no more. */
function SignOut() {
  const name = useStore((state) => state.me?.name ?? "");
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState("");
  async function out() {
    const { device } = get();
    try {
      if (device) await http.deleteDevice(device);
      await http.signOut();
      const registration = await navigator.serviceWorker?.getRegistration();
      await (await registration?.pushManager?.getSubscription())?.unsubscribe();
      await end(null);
    } catch (caught) {
      setError(errorText(caught));
    }
  }
  return (
    <section class="card">
      <p>{t("signout.as", { name })}</p>
      {asking ? (
        <>
          <p>{t("signout.lead")}</p>
          <button type="button" class="big grave" onClick={out}>
            {t("signout.sure")}
          </button>
          <button type="button" class="big plain" onClick={() => setAsking(false)}>
            {t("back")}
          </button>
        </>
      ) : (
        <button type="button" class="big" onClick={() => setAsking(true)}>
          {t("signout.go")}
        </button>
      )}
      <p class="error" role="alert">
        {error}
      </p>
    </section>
  );
}
