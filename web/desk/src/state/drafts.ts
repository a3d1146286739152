// What was typed and neither sent nor discarded. It outlives the form that it was typed into: another
// language, a look at another incident or a session that ended take nothing away.

/** Forms that are remembered at once; the oldest is forgotten. */
const DRAFTS_MAX = 50;

const drafts = new Map<string, unknown>();

/** What was typed into this form, if anything. */
export const draft = <T>(form: string): T | undefined => drafts.get(form) as T | undefined;

export function keepDraft(form: string, typed: unknown): void {
  drafts.delete(form);
  drafts.set(form, typed);
  const [oldest] = drafts.keys();
  if (drafts.size > DRAFTS_MAX && oldest !== undefined) drafts.delete(oldest);
}

/** It was sent, or whoever typed it wants it no more. */
export const forgetDraft = (form: string): void => void drafts.delete(form);

export const forgetDrafts = (): void => drafts.clear();

export const hasDrafts = (): boolean => drafts.size > 0;
