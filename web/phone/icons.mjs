// Draws the icons of the page into public/icons: a place in its cell, on the colour of the night.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";

const OUT = fileURLToPath(new URL("public/icons", import.meta.url));
const GROUND = [29, 43, 58];
const [CELL, PLACE, PRACTICE] = [
  [143, 195, 234],
  [255, 255, 255],
  [201, 189, 159],
];

/** How far a point is from the edge of the cell; negative inside. The cell stands on a corner. */
function toEdge(x, y, radius) {
  const [ax, ay] = [Math.abs(x), Math.abs(y)];
  return Math.max(ax, ax / 2 + (ay * Math.sqrt(3)) / 2) - (radius * Math.sqrt(3)) / 2;
}

/** From 0 to 1: how much of a point lies inside, for a soft edge of one point. */
const inside = (distance) => Math.min(1, Math.max(0, 0.5 - distance));
const mix = (under, over, part) => under.map((value, n) => value + ((over[n] ?? 0) - value) * part);

/** One icon as RGBA. `scale`: the drawing's part of the side; `corner`: radius of the ground. */
function draw(size, { scale, corner, cell, bare }) {
  const pixels = Buffer.alloc(size * size * 4);
  const unit = (size * scale) / 32;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [column + 0.5 - size / 2, row + 0.5 - size / 2];
      const [qx, qy] = [Math.abs(x) - size / 2 + corner, Math.abs(y) - size / 2 + corner];
      const ground = Math.hypot(Math.max(qx, 0), Math.max(qy, 0)) + Math.min(Math.max(qx, qy), 0) - corner;
      const ring = inside(Math.abs(toEdge(x, y, 10.5 * unit)) - unit);
      const place = inside(Math.hypot(x, y) - 4 * unit);
      const drawn = mix(mix(GROUND, cell, ring), PLACE, place);
      const alpha = bare ? Math.max(ring, place) : inside(ground);
      pixels.set(
        [...(bare ? PLACE : drawn).map(Math.round), Math.round(alpha * 255)],
        (row * size + column) * 4,
      );
    }
  }
  return png(pixels, size);
}

/** The pixels as a PNG file. */
function png(pixels, size) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  // eight bits, red green blue alpha
  head.set([8, 6, 0, 0, 0], 8);
  const rows = Array.from({ length: size }, (_, row) =>
    Buffer.concat([Buffer.alloc(1), pixels.subarray(row * size * 4, (row + 1) * size * 4)]),
  );
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const plain = { scale: 1, cell: CELL, bare: false };
const files = {
  "icon-192.png": draw(192, { ...plain, corner: 48 }),
  "icon-512.png": draw(512, { ...plain, corner: 128 }),
  // a mask may take everything but the middle
  "maskable-512.png": draw(512, { ...plain, scale: 0.75, corner: 0 }),
  "exercise-192.png": draw(192, { ...plain, cell: PRACTICE, corner: 48 }),
  // Android shows the shape of a badge and no colour
  "badge-96.png": draw(96, { ...plain, scale: 1.25, corner: 0, bare: true }),
  "icon.svg":
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1d2b3a"/><circle cx="16" cy="16" r="4" fill="#fff"/><path d="M16 5.5 25.1 10.75v10.5L16 26.5l-9.1-5.25v-10.5Z" fill="none" stroke="#8fc3ea" stroke-width="2"/></svg>\n',
};
mkdirSync(OUT, { recursive: true });
for (const [name, data] of Object.entries(files)) writeFileSync(`${OUT}/${name}`, data);
