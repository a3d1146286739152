// What went wrong, in the person's words, with what to do next.
import { refusedWord } from "../../../shared/sentences/phone/words.ts";
import { ApiError } from "../api/http.ts";
import { t, word } from "../words/i18n.ts";
import { words } from "../words/said.ts";

/** A stable word of the server as a sentence. */
export function problemText(code: string): string {
  const ofAlert = refusedWord(code);
  if (ofAlert) return words(ofAlert);
  const known = word("problem", code);
  return known === code.replaceAll("_", " ") ? `${t("error.refused")} (${known})` : known;
}

export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.page");
  const { status, code } = error.problem;
  return status === 0 ? t("error.no_answer") : problemText(code);
}
