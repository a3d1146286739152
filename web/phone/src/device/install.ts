// The browser's own offer to put the page on the home screen, kept until the person wants it.

/** Chrome's event; other browsers have none, and the page says in words how it is done there. */
interface Offer extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

let offer: Offer | null = null;
const listeners = new Set<() => void>();

function keepOffer(next: Offer | null): void {
  offer = next;
  for (const listener of listeners) listener();
}

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  keepOffer(event as Offer);
});
addEventListener("appinstalled", () => keepOffer(null));

export const canInstall = () => offer !== null;

export function onInstall(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows the browser's question. An offer is good for one. */
export async function install(): Promise<void> {
  const asked = offer;
  keepOffer(null);
  await asked?.prompt();
}
