// Rows of the table of sentences in the person's language.
import type { Sentence } from "../../../shared/sentences/sentence.ts";
import { spoken } from "./i18n.ts";

/** The words of one; nothing for none. */
export const words = (sentence: Sentence | null | undefined): string => sentence?.[spoken()] ?? "";

/** The words of several, one after the other. */
export const together = (sentences: readonly Sentence[]): string => sentences.map(words).join(" ");
