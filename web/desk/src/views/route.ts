// Which incident is open stands in the address, so that a reload and the back button keep it.
import { set } from "../state/store.ts";

const INCIDENT = /^#\/incident\/(.+)$/;

export const incidentLink = (id: string) => `#/incident/${encodeURIComponent(id)}`;

export function openIncident(id: string): void {
  location.hash = incidentLink(id);
}

export function openList(): void {
  if (location.hash) history.pushState(null, "", location.pathname);
  set({ open: null });
}

export function followAddress(): void {
  const read = () => {
    const found = INCIDENT.exec(location.hash)?.[1];
    set({ open: found ? decodeURIComponent(found) : null });
  };
  addEventListener("hashchange", read);
  addEventListener("popstate", read);
  read();
}
