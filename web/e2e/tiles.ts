// A base map of one tile: a street around the world, as PMTiles (version 3) with the layers of OpenMapTiles.
import { PbfWriter } from "pbf";

const [NONE, VECTOR] = [1, 1];

/** One layer with one line through the middle. */
function tile(): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(
    3,
    (_: null, layer: PbfWriter) => {
      layer.writeStringField(1, "transportation");
      layer.writeMessage(
        2,
        (_: null, street: PbfWriter) => {
          street.writeVarintField(3, 2);
          // begin at the left edge, go to the right one
          street.writePackedVarint(4, [9, 0, 4096, 10, 8192, 0]);
        },
        null,
      );
      layer.writeVarintField(5, 4096);
      layer.writeVarintField(15, 2);
    },
    null,
  );
  return pbf.finish();
}

/** The whole file. */
export function baseMap(): Buffer {
  const data = Buffer.from(tile());
  // one entry: the tile of number 0, where the tiles begin
  const directory = Buffer.from([1, 0, 1, data.length, 1]);
  const about = Buffer.from(JSON.stringify({ vector_layers: [{ id: "transportation", fields: {} }] }));
  const header = Buffer.alloc(127);
  header.write("PMTiles");
  header.writeUInt8(3, 7);
  let at = header.length;
  const part = (place: number, length: number) => {
    header.writeBigUInt64LE(BigInt(at), place);
    header.writeBigUInt64LE(BigInt(length), place + 8);
    at += length;
  };
  part(8, directory.length);
  part(24, about.length);
  part(40, 0);
  part(56, data.length);
  for (const count of [72, 80, 88]) header.writeBigUInt64LE(1n, count);
  header.set([1, NONE, NONE, VECTOR, 0, 0], 96);
  for (const [place, degrees] of [
    [102, -180],
    [106, -85],
    [110, 180],
    [114, 85],
  ] as const)
    header.writeInt32LE(degrees * 1e7, place);
  return Buffer.concat([header, directory, about, data]);
}
