// The signs on the map, drawn on a canvas with the shapes of the list.
import type { Map as MapLibre } from "maplibre-gl";
import type { Colours } from "../../../shared/map/colours.ts";
import { LETTER_Y, SHAPES } from "../state/marks.ts";
import { CLASSES, type Urgency } from "../state/urgency.ts";
import { word } from "../words/i18n.ts";

/** Points of the canvas for one of the map. */
const SHARP = 2;
const SIZE = 30;

export function fillOf(urgency: Urgency, c: Colours): string {
  const fills: Record<Urgency, string> = {
    danger: c.danger,
    nobody: c.danger,
    alerting: c.accent,
    held: c.held,
    covered: c.ok,
    exercise: c.exercise,
    closed: c.muted,
  };
  return fills[urgency];
}

/** Puts every sign into the map's images, again after each change of style or language. */
export function addSigns(map: MapLibre, c: Colours): void {
  for (const urgency of CLASSES) {
    put(map, `sign-${urgency}`, (pen) => {
      const scale = (SIZE - 6) / 24;
      pen.translate(3, 3);
      pen.scale(scale, scale);
      const shape = new Path2D(SHAPES[urgency]);
      // a rim in the colour of the ground parts signs that overlap
      pen.lineWidth = 5;
      pen.strokeStyle = c.panel;
      pen.lineJoin = "round";
      pen.stroke(shape);
      pen.fillStyle = fillOf(urgency, c);
      pen.fill(shape);
      pen.fillStyle = c.panel;
      pen.font = "700 13px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.fillText(word("letter", urgency), 12, LETTER_Y[urgency] ?? 16.6);
    });
  }
  put(map, "sign-aed", (pen) => {
    pen.translate(5, 5);
    pen.fillStyle = c.panel;
    pen.fillRect(-1, -1, 22, 22);
    pen.fillStyle = c.aed;
    pen.fill(new Path2D("M10 18 2.500 10.500a4.600 4.600 0 0 1 7.500-5.400 4.600 4.600 0 0 1 7.500 5.400Z"));
    pen.fillStyle = c.panel;
    pen.fill(new Path2D("M11 6.500 7.500 11h2L9 15l4-5h-2.200Z"));
  });
  put(map, "sign-draft", (pen) => {
    pen.translate(15, 15);
    pen.strokeStyle = c.ink;
    pen.lineWidth = 2.5;
    pen.stroke(new Path2D("M0-13V-4M0 4V13M-13 0H-4M4 0H13"));
    pen.beginPath();
    pen.arc(0, 0, 8, 0, 2 * Math.PI);
    pen.stroke();
  });
}

function put(map: MapLibre, name: string, draw: (pen: CanvasRenderingContext2D) => void): void {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE * SHARP;
  canvas.height = SIZE * SHARP;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(SHARP, SHARP);
  draw(pen);
  const image = pen.getImageData(0, 0, canvas.width, canvas.height);
  if (map.hasImage(name)) map.removeImage(name);
  map.addImage(name, image, { pixelRatio: SHARP });
}
