// The place in a link of a map: Google, Apple, OpenStreetMap and those that write alike, and `geo:`. Pure.
import { readCoordinates } from "./coordinates.ts";
import type { Point } from "./place.ts";

/** What was found in a text that has a link in it. */
export type Linked =
  | { point: Point }
  /** Only its maker's server knows where it leads to. */
  | { unread: "short" }
  /** It names a place in words, or leads elsewhere. */
  | { unread: "link" };

/** Hosts that shorten links. */
const SHORT =
  /^(?:maps\.app\.goo\.gl|goo\.gl|g\.co|share\.google|g\.page|maps\.apple|bit\.ly|tinyurl\.com|w3w\.co|what3words\.com|her\.is|binged\.it)$/;
const HOSTS =
  "maps\\.|www\\.google\\.|google\\.|www\\.openstreetmap\\.|openstreetmap\\.|osm\\.org|goo\\.gl|g\\.co/|waze\\.|w3w\\.co";
/** A link somewhere in the text: people send it with a sentence before it. */
const LINK = new RegExp(`(?:https?:|maps:|comgooglemaps:|geo:)\\S+|(?:^|(?<=\\s))(?:${HOSTS})\\S+`, "i");

/** Parameters with both numbers, those that mean a place before those that mean the middle of a picture. */
const PLACES = ["coordinate", "q", "query", "daddr", "destination", "to", "ll", "location", "navigate"];
const VIEWS = ["center", "sll", "cbll", "viewpoint", "cp", "map"];
/** Parameters with one number each. */
const PAIRS = [
  ["mlat", "mlon"],
  ["lat", "lon"],
  ["lat", "lng"],
  ["latitude", "longitude"],
] as const;

const NUMBER = "(-?\\d+(?:\\.\\d+)?)";
const pair = (before: string, between: string) => new RegExp(`${before}${NUMBER}${between}${NUMBER}`, "g");
/** Google's `data=`: the place, the end of a way (longitude first), the middle of an embedded map. */
const PLACE_DATA = pair("!3d", "!4d");
const WAY_DATA = pair("!1d", "!2d");
const EMBED_DATA = pair("!2d", "!3d");
const AT = pair("@", ",");

/** Reads the link in the text; null when there is none. */
export function readLink(text: string): Linked | null {
  const found = LINK.exec(text)?.[0];
  if (!found) return null;
  // what follows a link in a sentence is no part of it
  const link = found.replace(found.includes("(") ? /[>.,;]+$/ : /[)\]>.,;]+$/, "");
  if (/^geo:/i.test(link)) return readGeo(link);
  const url = parse(link);
  if (!url) return { unread: "link" };
  const point = fromUrl(url);
  if (point) return { point };
  return { unread: SHORT.test(url.hostname.replace(/^www\./, "")) ? "short" : "link" };
}

function parse(link: string): URL | null {
  // a scheme of an app has no host; its parameters are the same
  const whole = /^https?:/i.test(link)
    ? link
    : `https://${link.replace(/^(?:maps|comgooglemaps):\/*/i, "maps.apple.com/")}`;
  return URL.canParse(whole) ? new URL(whole) : null;
}

/** RFC 5870, and Android's `geo:0,0?q=lat,lon(name)`. */
function readGeo(link: string): Linked {
  const [path = "", query = ""] = link.slice("geo:".length).split("?", 2);
  const asked = new URLSearchParams(query).get("q");
  const point =
    (asked && numbers(asked)) || numbers(path.split(";")[0]?.split(",").slice(0, 2).join(",") ?? "");
  return point && (point.lat !== 0 || point.lon !== 0) ? { point } : { unread: "link" };
}

function fromUrl(url: URL): Point | null {
  const hash = new URLSearchParams(url.hash.slice(1));
  const given = (key: string) => url.searchParams.get(key) ?? hash.get(key);
  for (const [lat, lon] of PAIRS) {
    const point = numbers(`${given(lat) ?? ""},${given(lon) ?? ""}`);
    if (point) return point;
  }
  const listed = (keys: string[]) => {
    for (const key of keys) {
      const point = numbers(given(key) ?? "");
      if (point) return point;
    }
    return null;
  };
  const data = decoded(url.pathname + url.search);
  const steps = decoded(url.pathname.replaceAll("+", " ")).split("/");
  return (
    listed(PLACES) ??
    wayPoint(given("route") ?? "") ??
    last(PLACE_DATA, data) ??
    swapped(last(EMBED_DATA, data) ?? last(WAY_DATA, data)) ??
    // `/maps/place/36.85,-75.97`, `/maps/dir/here/36.85,-75.97`, `/search/36°51'N 75°58'W`
    steps.reverse().reduce<Point | null>((known, step) => known ?? numbers(step), null) ??
    last(AT, data) ??
    (/(?:^|\.)(?:osm\.org|openstreetmap\.org)$/.test(url.hostname) ? osmShort(url.pathname) : null) ??
    osmHash(given("map") ?? "") ??
    listed(VIEWS)
  );
}

/** Coordinates as a parameter has them: `loc:36.85,-75.97`, `36.85~-75.97`, `36.85,-75.97(name)`, with a zoom behind. */
function numbers(text: string): Point | null {
  const plain = text
    .replace(/^loc:/i, "")
    .replace(/\([^)]*\)\s*$/, "")
    .replace("~", ",")
    .replace(new RegExp(`^(\\s*${NUMBER},\\s*${NUMBER}),[\\d.]+z?(?:,\\w+)?$`), "$1");
  const point = readCoordinates(plain);
  return point && Number.isFinite(point.lat + point.lon) ? point : null;
}

/** The end of a way: `36.8,-75.9;36.9,-76.0`. */
const wayPoint = (route: string) => numbers(route.split(";").at(-1) ?? "");

/** The last pair: in a way, where it leads to. */
function last(pattern: RegExp, text: string): Point | null {
  const found = [...text.matchAll(pattern)].at(-1);
  return found ? { lat: Number(found[1]), lon: Number(found[2]) } : null;
}

const swapped = (point: Point | null) => point && { lat: point.lon, lon: point.lat };

/** `15/36.85/-75.97`: zoom, latitude, longitude. */
function osmHash(map: string): Point | null {
  const found = new RegExp(`^[\\d.]+/${NUMBER}/${NUMBER}$`).exec(map);
  return found ? { lat: Number(found[1]), lon: Number(found[2]) } : null;
}

/** OpenStreetMap's own short links hold the place: bits of longitude and latitude in turn, six in each character. */
const OSM_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~";

function osmShort(path: string): Point | null {
  const code = /^\/go\/([A-Za-z0-9_~@]+)-*\/?$/.exec(path)?.[1]?.replaceAll("@", "~");
  if (!code) return null;
  let [lon, lat] = [0, 0];
  for (const [n, digit] of [...code].entries()) {
    const bits = OSM_DIGITS.indexOf(digit);
    for (let k = 0; k < 3; k++) {
      // multiplied, not shifted: after eleven characters more than 32 bits
      const size = 2 ** -(3 * n + k + 1);
      if (bits & (32 >> (2 * k))) lon += size;
      if (bits & (16 >> (2 * k))) lat += size;
    }
  }
  return { lat: lat * 180 - 90, lon: lon * 360 - 180 };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
