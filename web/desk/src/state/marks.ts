// The shape of each urgency, in a square of 24: the list draws it as SVG, the map on a canvas.
import type { Urgency } from "./urgency.ts";

export const SHAPES: Record<Urgency, string> = {
  // octagon, as a stop sign
  danger: "M7.6 1.5h8.8l6.1 6.1v8.800l-6.100 6.100H7.600l-6.100-6.100V7.600Z",
  // triangle, as a warning sign
  nobody: "M12 1.200 23.400 21.500H.600Z",
  alerting: "M12 1.500a10.500 10.500 0 1 1 0 21 10.500 10.500 0 0 1 0-21Z",
  // square: it stands still
  held: "M4 2h16a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2Z",
  // shield
  covered:
    "M12 1.200 21.500 4.500v7c0 5.600-3.900 9.400-9.500 11.500-5.600-2.100-9.500-5.900-9.500-11.500v-7Z",
  // diamond
  exercise: "M12 .800 23.200 12 12 23.200.800 12Z",
  closed: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Z",
};

/** Height of the letter's base line: a triangle has its room below. */
export const LETTER_Y: Partial<Record<Urgency, number>> = { nobody: 18.8 };
