// An incident's place in one line.
import type { Incident } from "../api/types.ts";
import { t } from "../words/i18n.ts";
import { oldPlace } from "../words/sentences.ts";

export function placeName({ address, location }: Incident): string {
  const line = address?.line ?? address?.place_name;
  if (line) return address?.doubtful ? oldPlace(line) : line;
  return location ? `${location.lat.toFixed(5)}, ${location.lon.toFixed(5)}` : t("place.gone");
}
