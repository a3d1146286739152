// Coordinates as people write them: decimal degrees, degrees and minutes, with signs, letters or words. Pure.
//
// A text is cut into tokens, the tokens into two angles. Anything that is no part of a coordinate makes the text no
// place at all: an address with two numbers in it must not become one.
import type { Point } from "./place.ts";

type Axis = "lat" | "lon";

type Token =
  | { is: "number"; value: number; sign: -1 | 0 | 1; whole: boolean }
  /** ° (0), ′ (1) or ″ (2): what the number before it counts. */
  | { is: "mark"; part: 0 | 1 | 2 }
  /** N, S, E, W: which half of the earth. */
  | { is: "half"; axis: Axis; sign: -1 | 1 }
  /** "lat", "Länge". */
  | { is: "name"; axis: Axis }
  | { is: "comma" };

/** One half of a pair; the axis is known when a letter or a name said so. */
interface Angle {
  degrees: number;
  axis: Axis | null;
  /** A mark, a letter, minutes or a fraction: more than a bare whole number. */
  certain: boolean;
  /** Which half of the earth was said by a letter; by a sign. */
  letter: boolean;
  signed: boolean;
}

const half = (axis: Axis, sign: -1 | 1): Token => ({ is: "half", axis, sign });
const name = (axis: Axis): Token => ({ is: "name", axis });
const mark = (part: 0 | 1 | 2): Token => ({ is: "mark", part });

/** Words of coordinates, English and German; `O` is east (Ost). A null is left out. */
const WORDS: Record<string, Token | null> = {
  ...Object.fromEntries(
    ["n", "north", "nord", "nördlich", "nördliche", "nördlicher"].map((w) => [w, half("lat", 1)]),
  ),
  ...Object.fromEntries(
    ["s", "south", "süd", "sud", "südlich", "südliche", "südlicher"].map((w) => [w, half("lat", -1)]),
  ),
  ...Object.fromEntries(
    ["e", "east", "o", "ost", "östlich", "östliche", "östlicher"].map((w) => [w, half("lon", 1)]),
  ),
  ...Object.fromEntries(
    ["w", "west", "westlich", "westliche", "westlicher"].map((w) => [w, half("lon", -1)]),
  ),
  ...Object.fromEntries(["lat", "latitude", "breite", "breitengrad"].map((w) => [w, name("lat")])),
  ...Object.fromEntries(
    ["lon", "long", "lng", "longitude", "länge", "längengrad", "laenge", "laengengrad"].map((w) => [
      w,
      name("lon"),
    ]),
  ),
  ...Object.fromEntries(["deg", "degree", "degrees", "grad"].map((w) => [w, mark(0)])),
  ...Object.fromEntries(["min", "minute", "minutes", "minuten"].map((w) => [w, mark(1)])),
  ...Object.fromEntries(["sec", "second", "seconds", "sek", "sekunden"].map((w) => [w, mark(2)])),
  ...Object.fromEntries(
    [
      "gps",
      "wgs",
      "coordinates",
      "coords",
      "koordinaten",
      "position",
      "pos",
      "location",
      "loc",
      "standort",
    ].map((w) => [w, null]),
  ),
};

/** The same signs that keyboards, phones and web pages write in many ways. */
const SAME: [RegExp, string][] = [
  [/[\u2010-\u2015\u2212\uFE63\uFF0D]/g, "-"],
  [/[\u2033\u2036\u201C-\u201F\u02BA\u02DD\uFF02]|''|[\u2032\u2019]{2}/g, '"'],
  [/[\u2032\u2035\u2018-\u201B\u02B9\u02BC\u00B4`\uFF07]/g, "'"],
  [/[\u00BA\u02DA\u2218]/g, "°"],
  [/\uFF0C/g, ","],
  // what is in quotation marks, as in JSON, is a word and no second
  [/"([a-z]+)"\s*:/gi, " $1 "],
  [/wgs[\s-]*84/gi, " "],
  // colons and equal signs after words, brackets, and the lines of an address book
  [/[()[\]{}<>=:|\s]+/g, " "],
  // a minus with a blank behind it belongs to the number when nothing is before it to be taken away from
  [/(^|[,;]) ?- (?=\d)/g, "$1-"],
];

const TOKEN = /([+-]?)(\d+(?:[.,]\d+)?)|([°'"])|([,;/])|(\p{L}+)\.?| /uy;

/** Reads a pair of coordinates; null when the text is anything else. */
export function readCoordinates(text: string): Point | null {
  const tokens = cut(text);
  const pair = tokens && parted(tokens);
  if (!pair) return null;
  const [first, second] = [angle(pair[0]), angle(pair[1])];
  if (!first || !second || (first.axis && first.axis === second.axis)) return null;
  // "48 11" is a house and a floor, or nothing yet
  if (!first.certain && !second.certain) return null;
  // "36.8 N 75.9" leaves open whether west or east
  const open = (one: Angle, other: Angle) => one.letter && !other.letter && !other.signed;
  if (open(first, second) || open(second, first)) return null;
  const turned = first.axis === "lon" || second.axis === "lat";
  return turned ? { lat: second.degrees, lon: first.degrees } : { lat: first.degrees, lon: second.degrees };
}

/** The tokens of a text, or null when something in it is none. */
function cut(text: string): Token[] | null {
  let plain = text.normalize("NFC");
  for (const [from, to] of SAME) plain = plain.replace(from, to);
  plain = plain.trim().replace(/[.,;/]+$/, "");
  // with a decimal point in the text every comma parts; otherwise one between digits is a decimal comma
  if (/\d\.\d/.test(plain)) plain = plain.replaceAll(",", ", ");
  const tokens: Token[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < plain.length; ) {
    const found = TOKEN.exec(plain);
    if (!found) return null;
    const [, sign, digits, unit, comma, word] = found;
    if (digits) {
      const value = Number(digits.replace(",", "."));
      tokens.push({
        is: "number",
        value,
        sign: sign === "-" ? -1 : sign === "+" ? 1 : 0,
        whole: Number.isInteger(value) && /^\d+$/.test(digits),
      });
    } else if (unit) tokens.push(mark(unit === "°" ? 0 : unit === "'" ? 1 : 2));
    else if (comma) tokens.push({ is: "comma" });
    else if (word) {
      const known = WORDS[word.toLowerCase()];
      if (known === undefined) return null;
      if (known) tokens.push(known);
    }
  }
  return tokens;
}

/** The tokens of the first angle and those of the second. */
function parted(tokens: Token[]): [Token[], Token[]] | null {
  const at = (split: number): [Token[], Token[]] => [tokens.slice(0, split), tokens.slice(split)];
  const where = (is: Token["is"]) => tokens.flatMap((token, n) => (token.is === is ? [n] : []));
  const commas = where("comma");
  const split = commas[0];
  if (split !== undefined && commas.length === 1) return [tokens.slice(0, split), tokens.slice(split + 1)];
  if (commas.length > 1) {
    // "N 36° 51.2', W, …" is nobody's way of writing; "lat, 36.8, lon, -75.9" is
    return parted(tokens.filter((token) => token.is !== "comma"));
  }
  for (const is of ["name", "half"] as const) {
    const [one, two] = where(is);
    if (one === undefined || two === undefined) continue;
    // words stand before all numbers, or behind all
    return at(one === 0 ? two : one + 1);
  }
  const degrees = tokens.flatMap((token, n) => (token.is === "mark" && token.part === 0 ? [n - 1] : []));
  if (degrees.length === 2) return at(degrees[1] ?? 0);
  const signed = tokens.findIndex((token, n) => n > 0 && token.is === "number" && token.sign !== 0);
  if (signed > 0) return at(signed);
  const numbers = where("number");
  return numbers.length % 2 === 0 && numbers.length > 0 ? at(numbers[numbers.length / 2] ?? 0) : null;
}

/** Degrees, minutes and seconds in this order, each at most once; only the last may have a fraction. */
function angle(tokens: Token[]): Angle | null {
  const parts: { value: number; whole: boolean }[] = [];
  let axis: Axis | null = null;
  let [minus, plus, certain, signed, letter] = [false, false, false, false, false];
  for (const [n, token] of tokens.entries()) {
    if (token.is === "number") {
      // a sign belongs to the whole angle, and nothing follows a fraction
      if (parts.length === 3 || (token.sign && parts.length > 0) || parts.at(-1)?.whole === false)
        return null;
      minus ||= token.sign === -1;
      plus ||= token.sign === 1;
      certain ||= !token.whole || parts.length > 0;
      signed ||= token.sign !== 0;
      parts.push(token);
    } else if (token.is === "mark") {
      if (tokens[n - 1]?.is !== "number" || parts.length !== token.part + 1) return null;
      certain = true;
    } else if (token.is === "half" || token.is === "name") {
      if (axis && axis !== token.axis) return null;
      axis = token.axis;
      if (token.is === "name") continue;
      const inside = parts.length > 0 && tokens.slice(n).some(({ is }) => is === "number");
      if (letter || inside) return null;
      letter = true;
      if (token.sign === -1) minus = true;
      else plus = true;
      certain = true;
    } else return null;
  }
  const [degrees, minutes, seconds] = parts;
  if (!degrees || (minutes && minutes.value >= 60) || (seconds && seconds.value >= 60)) return null;
  // "-75 E" says both
  if (minus && plus) return null;
  const size = degrees.value + (minutes?.value ?? 0) / 60 + (seconds?.value ?? 0) / 3600;
  return { degrees: minus ? -size : size, axis, certain, letter, signed };
}
