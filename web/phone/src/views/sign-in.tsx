// Sign-in: by the link, by a picture of the code, or typed.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, http } from "../api/http.ts";
import { codeFromLink, codeOf, isCode } from "../device/code.ts";
import { isInstalled, platform } from "../device/platform.ts";
import { switchOn } from "../device/sound.ts";
import { keep } from "../keep/db.ts";
import { begin } from "../state/life.ts";
import { set, useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { Privacy } from "./privacy.tsx";
import { canScan, Scan } from "./scan.tsx";
import { Look } from "./settings.tsx";

export function SignIn() {
  const why = useStore((state) => state.signedOutWhy);
  const [code, setCode] = useState(codeFromLink());
  const [error, setError] = useState(why ? t("signin.ended") : "");
  const [busy, setBusy] = useState(false);
  const [scanning, setScanning] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (!codeFromLink()) field.current?.focus();
  }, []);

  async function submit(event: Event) {
    event.preventDefault();
    if (!isCode(code)) {
      setError(t("signin.not_a_code"));
      field.current?.focus();
      return;
    }
    setBusy(true);
    setError("");
    // this is the touch that lets the page sound later
    void switchOn();
    try {
      const { device_id } = await http.enrol(codeOf(code));
      await keep("device_id", device_id);
      set({ setUp: false });
      await begin();
    } catch (caught) {
      const unknown = caught instanceof ApiError && caught.problem.code === "code_unknown";
      setError(unknown ? t("signin.unknown") : errorText(caught));
      setBusy(false);
    }
  }

  // an iPhone gives the installed page a memory of its own: a code that is used in the browser is lost
  const first = platform() === "ios" && !isInstalled();
  return (
    <main class="signin scroll">
      <h1>
        <span class="brand">muster</span>
      </h1>
      <p class="lead">{t("signin.lead")}</p>
      {first && <p class="note">{t("signin.ios_first")}</p>}
      {scanning ? (
        <Scan
          onFound={(text) => {
            setCode(codeOf(text));
            setScanning(false);
          }}
          onBack={() => setScanning(false)}
        />
      ) : (
        <form class="card" onSubmit={submit} noValidate>
          <label for="code">{t("signin.code")}</label>
          <input
            id="code"
            ref={field}
            class="code-field"
            value={code}
            placeholder="XXXX-XXXX-XXXX"
            autocomplete="one-time-code"
            autocapitalize="characters"
            spellcheck={false}
            required
            aria-describedby="code-error"
            aria-invalid={error !== ""}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
          <p id="code-error" class="error" role="alert">
            {error}
          </p>
          <button type="submit" class="big primary" disabled={busy}>
            {busy ? t("signin.busy") : t("signin.go")}
          </button>
          {canScan() && (
            <button type="button" class="big" onClick={() => setScanning(true)}>
              {t("signin.scan")}
            </button>
          )}
        </form>
      )}
      <Privacy />
      <Look />
    </main>
  );
}
