// What is open stands in the address, so that a reload and the back button keep it.
import { get, type RosterPlace, set } from "../state/store.ts";

const INCIDENT = /^#\/incident\/(.+)$/;
const ONE = /^#\/responder\/(.+)$/;
/** The responders, and where somebody is enrolled. */
export const ROSTER = "#/responders";
export const ENROL = "#/responders/new";

/** Whoever wants to be called after an incident. */
export const FOLLOW_UPS = "#/follow-ups";
/** The closed incidents. */
export const HISTORY = "#/history";

export const incidentLink = (id: string) => `#/incident/${encodeURIComponent(id)}`;
export const responderLink = (id: string) => `#/responder/${encodeURIComponent(id)}`;

/** The code of a link that signs in, anywhere in a text. Pure. */
export const codeIn = (text: string): string | null => /#code=([\w-]+)/.exec(text)?.[1] ?? null;

/** Takes such a code out of the address, so that it stands in no history. */
export function takeCode(): string | null {
  const code = codeIn(location.hash);
  if (code) history.replaceState(null, "", location.pathname);
  return code;
}

/** What an address opens. Pure. */
export function placeOf(hash: string): { open: string | null; roster: RosterPlace | null; past: boolean } {
  const [incident, one] = [id(INCIDENT, hash), id(ONE, hash)];
  const roster: RosterPlace | null =
    one !== null
      ? { at: "one", id: one }
      : hash === ENROL
        ? { at: "enrol" }
        : hash === FOLLOW_UPS
          ? { at: "follow-ups" }
          : hash === ROSTER
            ? { at: "list" }
            : null;
  return { open: incident, roster, past: hash === HISTORY };
}

function id(pattern: RegExp, hash: string): string | null {
  const found = pattern.exec(hash)?.[1];
  if (!found) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    // an address that was cut or mistyped opens nothing
    return null;
  }
}

export function openIncident(id: string): void {
  location.hash = incidentLink(id);
}

export function openRoster(): void {
  location.hash = ROSTER;
}

export function openResponder(id: string): void {
  location.hash = responderLink(id);
}

export function openHistory(): void {
  location.hash = HISTORY;
}

export function openList(): void {
  if (location.hash) history.pushState(null, "", location.pathname);
  set({ open: null, roster: null, past: false });
  fromHistory = false;
}

/** The opened incident was chosen among the closed ones. */
let fromHistory = false;

export const isFromHistory = () => fromHistory;

/** From an incident to the list that it was chosen from. */
export function leaveIncident(): void {
  if (fromHistory) openHistory();
  else openList();
}

export function followAddress(): void {
  const read = () => {
    const next = placeOf(location.hash);
    // from one incident to another it is still the same list
    if (!next.open || !get().open) fromHistory = next.open !== null && get().past;
    set(next);
  };
  addEventListener("hashchange", read);
  addEventListener("popstate", read);
  read();
}
