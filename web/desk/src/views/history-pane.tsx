// The incidents that are closed.
import { t } from "../words/i18n.ts";
import { lazyPane } from "./lazy-pane.tsx";

export const HistoryPane = lazyPane(
  () => import("./history/history.tsx").then(({ History }) => History),
  () => ({ loading: t("history.loading"), failed: t("history.not_loaded") }),
);
