// A view that is loaded when it is opened: nobody's page grows by what they never look at.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../words/i18n.ts";

interface Words {
  loading: string;
  failed: string;
}

/** The view that `load` brings, and what is said until it is there. */
export function lazyPane<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  words: () => Words,
): ComponentType<Props> {
  /** Kept for the next time. */
  let loaded: ComponentType<Props> | null = null;
  return function LazyPane(props: Props) {
    const [state, setState] = useState({ view: loaded, failed: false });
    const begin = () => {
      setState({ view: loaded, failed: false });
      load().then(
        (view) => {
          loaded = view;
          setState({ view, failed: false });
        },
        () => setState({ view: null, failed: true }),
      );
    };
    useEffect(() => {
      if (!loaded) begin();
    }, []);
    if (state.view) return <state.view {...props} />;
    return (
      <div class="calm" role="status">
        <p>{state.failed ? words().failed : words().loading}</p>
        {state.failed && (
          <button type="button" onClick={begin}>
            {t("try_again")}
          </button>
        )}
      </div>
    );
  };
}
