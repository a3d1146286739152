// Language, theme and keys, on the sign-in and in the bar's menu.
import { leads } from "../state/roles.ts";
import { choose, settings, type Theme } from "../state/settings.ts";
import { get } from "../state/store.ts";
import { LANGUAGES, type Language, t } from "../words/i18n.ts";

const THEMES: Theme[] = ["auto", "light", "dark"];

export function Settings() {
  const { language, theme, keys } = settings();
  return (
    <div class="settings">
      <label>
        {t("settings.language")}{" "}
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
        {t("settings.theme")}{" "}
        <select value={theme} onChange={(event) => choose({ theme: event.currentTarget.value as Theme })}>
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {t(`theme.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={keys}
          onChange={(event) => choose({ keys: event.currentTarget.checked })}
        />{" "}
        {t("settings.keys", { keys: leads(get().session) ? "N, R, Esc" : "N, Esc" })}
      </label>
    </div>
  );
}
