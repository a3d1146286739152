// Whether what is shown is what is: said as soon as it may not be.
import { theChannel } from "../state/life.ts";
import { get, useStore } from "../state/store.ts";
import { useBeat } from "../state/ticker.ts";
import { t } from "../words/i18n.ts";

const lostFor = () => Math.floor((performance.now() - get().lostAt) / 1000);

export function LineStrip() {
  const line = useStore((state) => state.line);
  const unsent = useStore((state) => state.unsent.length);
  const seconds = useBeat(lostFor);
  if (line === "live" || line === "connecting") return null;
  if (line === "elsewhere") {
    return (
      <p class="strip" role="status">
        {t("line.elsewhere")}{" "}
        <button type="button" onClick={() => theChannel()?.takeOver()}>
          {t("line.here")}
        </button>
      </p>
    );
  }
  return (
    <p class="strip strip-lost">
      <span role="status">{t("line.lost")}</span> <span aria-hidden="true">{t("line.for", { seconds })}</span>
      {unsent > 0 && <span> {t("line.unsent", { n: unsent })}</span>}
    </p>
  );
}
