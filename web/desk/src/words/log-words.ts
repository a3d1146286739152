// A line of an incident's log in words. Pure, but for the language.
import type { Alert, LogItem } from "../api/types.ts";
import { clockTime, t, type Values, word } from "./i18n.ts";
import { distance } from "./time.ts";

/** What happened, with its reason; `who` is the name of the person that it is about. */
export function logWords(item: LogItem, who: string): string {
  const { detail } = item;
  const values: Values = { who: who || t("log.somebody") };
  switch (item.type) {
    case "wave_launched":
      values.wave = Number(detail.wave);
      values.radius = distance(Number(detail.radius_m));
      values.considered = Number(detail.considered);
      break;
    case "alerted": {
      const alert = detail.alert as Alert | undefined;
      values.distance = distance(alert?.distance_m ?? 0);
      values.role = word("alertrole", alert?.role);
      break;
    }
    case "passed_over":
      values.count = (detail.people as unknown[] | undefined)?.length ?? 0;
      break;
    case "found_too_few":
      values.count = Number(detail.missing);
      break;
    case "push_failed":
      values.why = word("push", String(detail.reason ?? ""));
      break;
    case "stood_down":
      values.why = word("stooddown", String(detail.why ?? ""));
      break;
    case "scene_changed":
      values.scene = word("scene", String(detail.scene ?? ""));
      break;
    case "ems_eta_changed":
      values.at = detail.at ? clockTime(String(detail.at)) : "–";
      break;
    case "closed":
      values.outcome = word("outcome", String(detail.outcome ?? ""));
      break;
    case "acknowledged":
      values.alarm = word("alarm", String(detail.alarm ?? ""));
      break;
  }
  const text = word("log", item.type);
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}
