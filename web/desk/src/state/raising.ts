// Raises an incident and does not give up: the same report under the same key, until there is an answer.
//
// A repeat raises nothing twice, so there is no reason to stop but the person's own word.
import { ApiError, api } from "../api/client.ts";
import type { Incident, Report } from "../api/types.ts";

/** After so long without an answer the person is told, milliseconds. */
export const TOLD_AFTER_MS = 3_000;
/** One try waits for so long; another connection may do better. */
const TRY_MS = 4_000;
/** Between two tries. */
const PAUSE_MS = 1_000;

/** What may be tried again: there was no answer, or the server says that it may work later. */
const AGAIN = [0, 408, 429, 502, 503, 504];

/** One report and its key. */
export class Raising {
  /** What was sent, as long as nobody knows what became of it. */
  private sent: Report | null = null;
  private stopped = new AbortController();
  private readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  /** Raises it; `first` when an earlier report of this key turned out to have arrived instead. */
  async raise(report: Report): Promise<{ incident: Incident; first: boolean }> {
    this.stopped = new AbortController();
    try {
      const incident = await this.atLast(report);
      return { incident, first: false };
    } catch (error) {
      const other = error instanceof ApiError && error.problem.code === "idempotency_mismatch";
      if (!other || !this.sent) throw error;
      // the first report did arrive: the incident is there, as it was sent then
      return { incident: await this.atLast(this.sent), first: true };
    }
  }

  /** Ends the trying. It may have arrived all the same. */
  stop(): void {
    this.stopped.abort();
  }

  private async atLast(report: Report): Promise<Incident> {
    const { signal } = this.stopped;
    for (;;) {
      try {
        return await api.raise(report, this.key, signal, TRY_MS);
      } catch (error) {
        const status = error instanceof ApiError ? error.problem.status : null;
        if (status === null || !AGAIN.includes(status)) throw error;
        this.sent ??= report;
        if (signal.aborted) throw error;
      }
      await pause(signal);
    }
  }
}

const pause = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PAUSE_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
