// The responders, for a coordinator.
import { t } from "../words/i18n.ts";
import { lazyPane } from "./lazy-pane.tsx";

export const RosterPane = lazyPane(
  () => import("./roster/roster.tsx").then(({ Roster }) => Roster),
  () => ({ loading: t("roster.loading"), failed: t("roster.not_loaded") }),
);
