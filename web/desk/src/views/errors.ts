// What went wrong, in the person's words, with what to do next.
import { ApiError } from "../api/client.ts";
import { t, word } from "../words/i18n.ts";

export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.page");
  const { status, code, title, detail } = error.problem;
  if (status === 0) return t("error.no_answer");
  const known = word("problem", code);
  const text = known === code.replaceAll("_", " ") ? title || known : known;
  return detail && detail !== title ? `${text} (${detail})` : text;
}
