// This phone's position: read while the page is open, reported as the policy says, kept nowhere else.
import type { Fix } from "../api/types.ts";
import { isDue, type Reported, waiting } from "./policy.ts";

/** A heartbeat needs a look at the clock also when nothing moves, milliseconds. */
const LOOK_MS = 1_000;

export type Leave = "granted" | "denied" | "prompt" | "unsupported";

export interface Needs {
  /** Sends them; false when they did not arrive. */
  send(fixes: Fix[]): Promise<boolean>;
  engaged(): boolean;
  /** The person allowed it, or no longer. */
  changed(): void;
}

/** Whether this page may read the position, without asking the person. */
export async function positionLeave(): Promise<Leave> {
  if (!("geolocation" in navigator)) return "unsupported";
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state;
  } catch {
    return "prompt";
  }
}

/** Where this phone is now; the browser asks the person when they have not decided. */
export function positionNow(): Promise<Fix> {
  return new Promise((found, failed) => {
    if (!("geolocation" in navigator)) return failed(new Error("no geolocation"));
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        const { latitude: lat, longitude: lon, accuracy: accuracy_m } = coords;
        if (lat === 0 && lon === 0) failed(new Error("a phone that does not know"));
        else found({ lat, lon, accuracy_m, at_ms: Math.round(timestamp) });
      },
      failed,
      { enableHighAccuracy: true, maximumAge: 60_000, timeout: 30_000 },
    );
  });
}

export class PositionWatch {
  private watch: number | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private latest: Fix | null = null;
  private latestMono = 0;
  private last: Reported | null = null;
  private queue: Fix[] = [];
  private sending = false;
  private asking = false;
  private allowed = false;
  private readonly needs: Needs;

  constructor(needs: Needs) {
    this.needs = needs;
  }

  /** Where the phone is, if it has said so. */
  get fix(): Fix | null {
    return this.latest;
  }

  /** How long ago that was, milliseconds. */
  get ageMs(): number {
    return performance.now() - this.latestMono;
  }

  get running(): boolean {
    return this.watch !== null;
  }

  /** Starts; the browser asks the person when they have not decided. */
  start(): void {
    if (this.watch !== null || !("geolocation" in navigator)) return;
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.take(position),
      (error) => {
        if (error.code !== error.PERMISSION_DENIED) return;
        this.stop();
        this.allowed = false;
        this.needs.changed();
      },
      { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 },
    );
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    this.watch = null;
    clearInterval(this.timer);
    this.queue = [];
    this.last = null;
  }

  /** There is a line again. */
  flush(): void {
    void this.send();
  }

  /** Reports now, whatever was reported before: an answer is worth a position. */
  reportNow(): void {
    this.last = null;
    this.look();
  }

  private take({ coords, timestamp }: GeolocationPosition): void {
    if (!this.allowed) {
      this.allowed = true;
      this.needs.changed();
    }
    // (0, 0) is a phone that does not know, and no place where anybody is
    if (coords.latitude === 0 && coords.longitude === 0) return;
    const { latitude: lat, longitude: lon, accuracy: accuracy_m } = coords;
    this.latest = { lat, lon, accuracy_m, at_ms: Math.round(timestamp) };
    this.latestMono = performance.now();
    this.look();
  }

  private look(): void {
    const fix = this.latest;
    if (!fix || !isDue(this.last, fix, performance.now(), this.needs.engaged())) return;
    if (this.last?.fix.at_ms === fix.at_ms) {
      this.askAnew();
      return;
    }
    this.last = { fix, mono: performance.now() };
    this.queue = waiting(this.queue, fix);
    void this.send();
  }

  /** Browsers say nothing while nobody moves: a sign of life is a new position, not an old one again. */
  private askAnew(): void {
    if (this.asking) return;
    this.asking = true;
    const over = () => {
      this.asking = false;
    };
    navigator.geolocation.getCurrentPosition(
      (position) => {
        over();
        this.take(position);
      },
      over,
      { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 },
    );
  }

  private async send(): Promise<void> {
    if (this.sending || this.queue.length === 0) return;
    this.sending = true;
    const batch = this.queue;
    try {
      if (await this.needs.send(batch)) this.queue = this.queue.filter((fix) => !batch.includes(fix));
    } finally {
      this.sending = false;
    }
  }
}
