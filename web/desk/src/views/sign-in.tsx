// Sign-in: a link was opened or a token is pasted, and the sound is tried before anybody relies on it.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../api/client.ts";
import { begin } from "../state/desk.ts";
import { onSound, playOnce, soundWorks, switchOn } from "../state/sound.ts";
import { useStore } from "../state/store.ts";
import { type Message, t, word } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { codeIn } from "./route.ts";
import { Settings } from "./settings.tsx";
import { readToken, refuse } from "./token.ts";

/** Why the server refused it. This machine's clock only helps to find the words. */
function whyRefused(token: string): Message {
  const ends = readToken(token)?.exp;
  return ends !== undefined && ends * 1000 < Date.now() ? "signin.expired" : "signin.refused";
}

/** Why a link signs nobody in. */
function linkError(error: unknown): string {
  const status = error instanceof ApiError ? error.problem.status : 0;
  return status === 404 ? t("signin.link_used") : status === 0 ? t("signin.no_answer") : errorText(error);
}

export function SignIn() {
  return (
    <main class="signin">
      <div class="card">
        <h1>
          <span class="brand">muster</span> {t("signin.title")}
        </h1>
        <p class="quiet">{t("signin.lead")}</p>
        <TokenForm signedIn={begin}>
          <SoundCheck />
        </TokenForm>
      </div>
      <Settings />
    </main>
  );
}

interface TokenFormProps {
  /** The token is kept: goes on with it. */
  signedIn: () => Promise<void>;
  /** Why this token will not do yet, though it is one. */
  doubt?: (token: string) => string | null;
  children?: ComponentChildren;
}

/** A token is pasted, and kept where no script can read it. */
export function TokenForm({ signedIn, doubt, children }: TokenFormProps) {
  const [token, setToken] = useState("");
  const link = useStore((state) => state.linkRefused);
  const [error, setError] = useState<string | null>(link ? linkError(link) : null);
  const [asked, setAsked] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: Event) {
    event.preventDefault();
    const pasted = token.trim();
    // a link does as well, and so does its end
    const code = codeIn(pasted);
    const refused = code ? null : refuse(pasted);
    if (refused) return setError(t(refused, { role: word("role", readToken(pasted)?.role) }));
    const doubtful = code ? null : doubt?.(pasted);
    if (doubtful && asked !== pasted) {
      setAsked(pasted);
      return setError(doubtful);
    }
    setBusy(true);
    void switchOn();
    try {
      await (code ? api.signInByCode(code) : api.signIn(pasted));
      setError(null);
      await signedIn();
    } catch (caught) {
      const status = caught instanceof ApiError ? caught.problem.status : 0;
      setError(
        code
          ? linkError(caught)
          : status === 401
            ? t(whyRefused(pasted))
            : status === 0
              ? t("signin.no_answer")
              : errorText(caught),
      );
    } finally {
      setBusy(false);
    }
  }

  return (
    <form class="tokenform" onSubmit={submit} noValidate>
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
      {children}
      <button type="submit" class="primary wide" disabled={busy}>
        {busy ? t("signin.busy") : t("signin.go")}
      </button>
    </form>
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
