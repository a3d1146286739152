// A text as the squares of a QR picture. Pure.
import { encode } from "uqr";

/** White squares around it that readers need. */
const BORDER = 4;

export interface QrPath {
  /** Squares from edge to edge, with the white border. */
  size: number;
  /** Every run of black squares, as one path. */
  path: string;
}

export function qrPath(text: string): QrPath {
  const { data, size } = encode(text, { ecc: "M", border: BORDER });
  let path = "";
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x + 1]) x++;
      path += `M${from} ${y}h${x + 1 - from}v1H${from}z`;
    }
  }
  return { size, path };
}
