// Hexagons: how many people are there now, or could be there in time. Keeps the last of both.
import type { FeatureCollection } from "geojson";
import { api } from "../api/client.ts";
import type { Box, Density, Ring } from "../api/types.ts";
import { collection, hexagon, inBox } from "./shapes.ts";

/** What the hexagons show: people now, or how many could be there within so many seconds. */
export type Shown = "now" | "none" | number;

/** Coverage is counted anew so often, milliseconds. */
export const COVERAGE_EVERY_MS = 15_000;

interface Cell {
  ring: Ring;
  count: number;
}

export class Cells {
  private readonly density = new Map<string, Cell>();
  private coverage: FeatureCollection = collection([]);
  private asked: AbortController | null = null;
  /** When the coverage shown was counted; null when none is. */
  coverageAsOf: string | null = null;
  /** More people stood somewhere than were counted: the numbers are too low there. */
  partial = false;

  /** Takes what changed; a count of 0 removes a cell. */
  take({ full, cells }: Density): void {
    if (full) this.density.clear();
    for (const { cell, count, ring } of cells) {
      const known = ring ?? this.density.get(cell)?.ring;
      if (count === 0 || !known) this.density.delete(cell);
      else this.density.set(cell, { ring: known, count });
    }
  }

  people(): FeatureCollection {
    return collection([...this.density.values()].map(({ ring, count }) => hexagon(ring, { count })));
  }

  /** How many people are in the box. */
  reachable(box: Box): number {
    let sum = 0;
    for (const { ring, count } of this.density.values()) if (inBox(ring, box)) sum += count;
    return sum;
  }

  /** How many could be in each cell within `seconds`; null when the server did not say. */
  async within(seconds: number, box: Box): Promise<FeatureCollection | null> {
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const found = await api.coverage(box, this.asked.signal);
      const at = found.seconds.indexOf(seconds);
      const cells = found.cells.filter(({ ring, counts }) => ring && (counts[at] ?? 0) > 0);
      this.coverage = collection(
        cells.map(({ ring, counts }) => hexagon(ring ?? [], { count: counts[at] ?? 0 })),
      );
      this.coverageAsOf = found.as_of;
      this.partial = found.partial;
      return this.coverage;
    } catch {
      return null;
    }
  }

  get lastCoverage(): FeatureCollection {
    return this.coverage;
  }
}
