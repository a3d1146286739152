// The responders, loaded when a coordinator opens them: nobody else's page grows by them.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RosterPlace } from "../state/store.ts";
import { t } from "../words/i18n.ts";

type View = ComponentType<{ place: RosterPlace }>;

/** Kept for the next time. */
let loaded: View | null = null;

export function RosterPane({ place }: { place: RosterPlace }) {
  const [state, setState] = useState<{ view: View | null; failed: boolean }>({ view: loaded, failed: false });
  const load = () => {
    setState({ view: loaded, failed: false });
    import("./roster/roster.tsx").then(
      ({ Roster }) => {
        loaded = Roster;
        setState({ view: Roster, failed: false });
      },
      () => setState({ view: null, failed: true }),
    );
  };
  useEffect(() => {
    if (!loaded) load();
  }, []);
  if (state.view) return <state.view place={place} />;
  return (
    <div class="calm" role="status">
      <p>{state.failed ? t("roster.not_loaded") : t("roster.loading")}</p>
      {state.failed && (
        <button type="button" onClick={load}>
          {t("try_again")}
        </button>
      )}
    </div>
  );
}
