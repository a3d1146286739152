// What is open stands in the address, so that a reload and the back button keep it.
import { type RosterPlace, set } from "../state/store.ts";

const INCIDENT = /^#\/incident\/(.+)$/;
const ONE = /^#\/responder\/(.+)$/;
/** The responders, and where somebody is enrolled. */
export const ROSTER = "#/responders";
export const ENROL = "#/responders/new";

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
export function placeOf(hash: string): { open: string | null; roster: RosterPlace | null } {
  const [incident, one] = [id(INCIDENT, hash), id(ONE, hash)];
  const roster: RosterPlace | null =
    one !== null
      ? { at: "one", id: one }
      : hash === ENROL
        ? { at: "enrol" }
        : hash === ROSTER
          ? { at: "list" }
          : null;
  return { open: incident, roster };
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

export function openList(): void {
  if (location.hash) history.pushState(null, "", location.pathname);
  set({ open: null, roster: null });
}

export function followAddress(): void {
  const read = () => set(placeOf(location.hash));
  addEventListener("hashchange", read);
  addEventListener("popstate", read);
  read();
}
