// Sign-in: a token is pasted, and the sound is tried before anybody relies on it.
import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../api/client.ts";
import { begin } from "../state/desk.ts";
import { onSound, playOnce, soundWorks, switchOn } from "../state/sound.ts";
import { useStore } from "../state/store.ts";
import { type Message, t, word } from "../words/i18n.ts";
import { Settings } from "./settings.tsx";

/** Roles that may use the desk. */
const ROLES = ["call_handler", "coordinator", "admin"];

/** What a token says about itself, unchecked: enough to say why it will not do. */
export function readToken(token: string): { role?: string; exp?: number } | null {
  const middle = token.split(".")[1];
  if (!middle || token.split(".").length !== 3) return null;
  try {
    return JSON.parse(atob(middle.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
}

/** Why this token cannot open a desk, as far as it says so itself. */
export function refuse(token: string, at: number): Message | null {
  const claims = readToken(token);
  if (!claims) return "signin.not_a_token";
  if (claims.exp !== undefined && claims.exp * 1000 < at) return "signin.expired";
  if (claims.role !== undefined && !ROLES.includes(claims.role)) return "signin.role";
  return null;
}

export function SignIn() {
  const why = useStore((state) => state.signedOutWhy);
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(why ? t("signin.session_over") : null);
  const [busy, setBusy] = useState(false);

  async function submit(event: Event) {
    event.preventDefault();
    const pasted = token.trim();
    const refused = refuse(pasted, Date.now());
    if (refused) return setError(t(refused, { role: word("role", readToken(pasted)?.role) }));
    setBusy(true);
    void switchOn();
    try {
      await api.signIn(pasted);
      setError(null);
      await begin();
    } catch (caught) {
      const status = caught instanceof ApiError ? caught.problem.status : 0;
      setError(status === 0 ? t("signin.no_answer") : status === 401 ? t("signin.refused") : String(caught));
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
