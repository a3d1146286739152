// Sign-in: a token is pasted, and the sound is tried before anybody relies on it.
import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../api/client.ts";
import { begin } from "../state/desk.ts";
import { onSound, playOnce, soundWorks, switchOn } from "../state/sound.ts";
import { useStore } from "../state/store.ts";
import { type Message, t, word } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { Settings } from "./settings.tsx";
import { readToken, refuse } from "./token.ts";

/** Why the server refused it. This machine's clock only helps to find the words. */
function whyRefused(token: string): Message {
  const ends = readToken(token)?.exp;
  return ends !== undefined && ends * 1000 < Date.now() ? "signin.expired" : "signin.refused";
}

export function SignIn() {
  const why = useStore((state) => state.signedOutWhy);
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(why ? t("signin.session_over") : null);
  const [busy, setBusy] = useState(false);

  async function submit(event: Event) {
    event.preventDefault();
    const pasted = token.trim();
    const refused = refuse(pasted);
    if (refused) return setError(t(refused, { role: word("role", readToken(pasted)?.role) }));
    setBusy(true);
    void switchOn();
    try {
      await api.signIn(pasted);
      setError(null);
      await begin();
    } catch (caught) {
      const status = caught instanceof ApiError ? caught.problem.status : 0;
      setError(
        status === 401 ? t(whyRefused(pasted)) : status === 0 ? t("signin.no_answer") : errorText(caught),
      );
    } finally {
      setBusy(false);
    }
  }

  return (
    <main class="signin">
      <form class="card" onSubmit={submit} noValidate>
        <h1>
          <span class="brand">muster</span> {t("signin.title")}
        </h1>
        <p class="quiet">{t("signin.lead")}</p>
        <label for="token">{t("signin.token")}</label>
        <textarea
          id="token"
          rows={4}
          spellcheck={false}
          autocomplete="off"
          required
          value={token}
          aria-describedby="token-error"
          aria-invalid={error !== null}
          onInput={(event) => setToken(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") void submit(event);
          }}
        />
        <p id="token-error" class="error" role="alert">
          {error}
        </p>
        <SoundCheck />
        <button type="submit" class="primary wide" disabled={busy}>
          {busy ? t("signin.busy") : t("signin.go")}
        </button>
      </form>
      <Settings />
    </main>
  );
}

/** Plays the alarm once and asks whether it was heard. */
function SoundCheck() {
  const [heard, setHeard] = useState<"untried" | "played" | "heard" | "silent">("untried");
  async function play() {
    const works = await switchOn();
    playOnce();
    setHeard(works ? "played" : "silent");
  }
  return (
    <fieldset class="soundcheck">
      <legend>{t("sound.check")}</legend>
      <button type="button" onClick={play}>
        {t("sound.play")}
      </button>
      {heard === "played" && (
        <span>
          {t("sound.question")}{" "}
          <button type="button" onClick={() => setHeard("heard")}>
            {t("yes")}
          </button>{" "}
          <button type="button" onClick={() => setHeard("silent")}>
            {t("no")}
          </button>
        </span>
      )}
      <span role="status" class={heard === "silent" ? "error" : "quiet"}>
        {heard === "heard" && t("sound.heard")}
        {heard === "silent" && t("sound.silent")}
        {heard === "untried" && t("sound.untried")}
      </span>
    </fieldset>
  );
}

/** Whether the browser plays sound now. */
export function useSound(): boolean {
  const [works, setWorks] = useState(soundWorks());
  useEffect(() => onSound(() => setWorks(soundWorks())), []);
  return works;
}
