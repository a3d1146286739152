// What this phone keeps, shared by the page, its other tabs and the service worker. Little, and small.
import { type Claimed, claim } from "../alerts/claim.ts";
import type { Saying, Told } from "../api/types.ts";
import type { Saved } from "./saved.ts";

/** Alerts whose announcements are remembered, and for how long, milliseconds. */
const [CLAIMED_MAX, CLAIMED_MS] = [50, 48 * 3600 * 1000];

/** Everything that is kept, by name. */
export interface Kept {
  device_id: string;
  language: "en" | "de";
  /** The alerts that are shown, for a start without a network. */
  alerts: Saved;
  unsent: Saying[];
  /** When a person last heard this phone's alarm, by its clock, milliseconds. */
  heard_at: number;
  /** The push address that the server was told last. */
  push_told: string;
}

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, failed) => {
    const request = indexedDB.open("muster-phone", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("claimed", { keyPath: "alert_id" });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  return opened;
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

const store = async (name: "kept" | "claimed", mode: IDBTransactionMode) =>
  (await open()).transaction(name, mode).objectStore(name);

/** Reads what is kept; undefined when it is not, or when this browser keeps nothing. */
export async function kept<K extends keyof Kept>(name: K): Promise<Kept[K] | undefined> {
  try {
    return (await finished((await store("kept", "readonly")).get(name))) as Kept[K] | undefined;
  } catch {
    return undefined;
  }
}

/** Keeps it, or forgets it when it is undefined. A browser that keeps nothing goes on without. */
export async function keep<K extends keyof Kept>(name: K, value: Kept[K] | undefined): Promise<void> {
  try {
    const at = await store("kept", "readwrite");
    if (value === undefined) await finished(at.delete(name));
    else await finished(at.put(value, name));
  } catch {
    // private browsing: this visit only
  }
}

/** Changes what is kept in one transaction, so that the page and its service worker undo nothing of each other's. */
export async function change<K extends keyof Kept>(
  name: K,
  next: (before: Kept[K] | undefined) => Kept[K] | undefined,
): Promise<void> {
  try {
    const at = await store("kept", "readwrite");
    const value = next((await finished(at.get(name))) as Kept[K] | undefined);
    if (value === undefined) await finished(at.delete(name));
    else await finished(at.put(value, name));
  } catch {
    // nothing was kept
  }
}

/** Forgets everything of the person. */
export async function forgetAll(): Promise<void> {
  for (const name of ["device_id", "alerts", "unsent", "heard_at", "push_told"] as const)
    await keep(name, undefined);
  try {
    await finished((await store("claimed", "readwrite")).clear());
  } catch {
    // nothing was kept
  }
}

/**
 * Whether to announce it: true for one asker only, of all tabs and the service worker, because all
 * of it is one transaction. Without storage everybody announces: twice is better than never.
 */
export async function mayAnnounce(told: Told): Promise<boolean> {
  try {
    const at = await store("claimed", "readwrite");
    const before = await finished<Claimed | undefined>(at.get(told.alert_id));
    const after = claim(before, told, Date.now());
    if (!after) return false;
    await finished(at.put(after));
    await prune(at);
    return true;
  } catch {
    return true;
  }
}

async function prune(at: IDBObjectStore): Promise<void> {
  if ((await finished(at.count())) <= CLAIMED_MAX) return;
  const all = await finished<Claimed[]>(at.getAll());
  const old = all
    .sort((a, b) => b.at - a.at)
    .filter((one, n) => n >= CLAIMED_MAX || Date.now() - one.at > CLAIMED_MS);
  for (const { alert_id } of old) await finished(at.delete(alert_id));
}
