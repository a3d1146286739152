// What people type and paste into the field for a place.
import { describe, expect, test } from "vitest";
import { type Point, readPlace } from "./place.ts";

const PLACE = { lat: 36.8529, lon: -75.978 };

const read = (text: string): Point | null => {
  const found = readPlace(text);
  return "point" in found ? found.point : null;
};

function expectPlace(text: string, place: Point, digits: number) {
  const point = read(text);
  expect(point, text).not.toBeNull();
  expect(point?.lat, text).toBeCloseTo(place.lat, digits);
  expect(point?.lon, text).toBeCloseTo(place.lon, digits);
}

describe("coordinates", () => {
  test.each([
    "36.8529, -75.9780",
    "36.8529,-75.9780",
    "36.8529 -75.9780",
    "36,8529 -75,9780",
    "36,8529, -75,9780",
    "36,8529,-75,9780",
    "36,8529; -75,9780",
    "  36.8529 ; -75.978  ",
    "(36.8529, -75.9780)",
    "[36.8529, -75.9780].",
    "36.8529 / -75.9780",
    "36.8529\t-75.9780",
    "36.8529\n-75.9780",
    // the minus of a word processor, of a typesetter and of a phone
    "36.8529, \u221275.9780",
    "36.8529, \u201375.9780",
    "36.8529\u00a0\u2010\u200975.9780".replace("\u2009", ""),
    "36.8529, - 75.9780",
    "+36.8529-075.9780/",
    "36.8529 N 75.9780 W",
    "36.8529N, 75.9780W",
    "N36.8529 W75.9780",
    "N 36.8529, W 75.9780",
    "75.9780 W, 36.8529 N",
    "W75.9780 N36.8529",
    "36.8529° N, 75.9780° W",
    "36,8529° Nord, 75,9780° West",
    "36.8529°, -75.9780°",
    "36.8529 deg N 75.9780 deg W",
    "36,8529° nördliche Breite, 75,9780° westliche Länge",
    "lat 36.8529 lon -75.9780",
    "lat 36,8529 lon -75,9780",
    "Lat: 36.8529, Long: -75.9780",
    "latitude=36.8529, longitude=-75.9780",
    "lon -75.9780 lat 36.8529",
    "lng: -75.978, lat: 36.8529",
    "Breite 36,8529 Länge -75,9780",
    "Längengrad: -75,9780; Breitengrad: 36,8529",
    "36.8529 lat, -75.9780 lon",
    "Lat N 36.8529 Lon W 75.9780",
    '{"lat": 36.8529, "lon": -75.978}',
    '{"lon":-75.978,"lat":36.8529}',
    "GPS: 36.8529, -75.9780",
    "Koordinaten: 36.8529 -75.9780 (WGS84)",
  ])("%s", (text) => expectPlace(text, PLACE, 6));

  test.each([
    "36°51'10.44\"N 75°58'40.8\"W",
    "36°51′10.44″N 75°58′40.80″W",
    "36° 51' 10.44\" N, 75° 58' 40.8\" W",
    "36°51’10.44”N 75°58’40.8”W",
    "36°51''".replace("''", "'10.44''N 75°58'40.8''W"),
    '36º51´10.44"N 75º58´40.8"W',
    "36°51'10,44\"N 75°58'40,8\"W",
    "N36°51'10.44\" W75°58'40.8\"",
    "N 36° 51' 10.44\", W 75° 58' 40.8\"",
    "36 51 10.44 N 75 58 40.8 W",
    "36 51 10.44N, 75 58 40.8W",
    "N 36 51 10.44 W 75 58 40.8",
    "36 51 10.44, -75 58 40.8",
    "36 51 10.44 -75 58 40.8",
    "36:51:10.44 N 75:58:40.8 W",
    "36° 51.174' N 75° 58.680' W",
    "36°51.174'N 75°58.680'W",
    "36° 51.174 N, 75° 58.680 W",
    "36 51.174 N 75 58.680 W",
    "36 51,174 N 75 58,680 W",
    "N36 51.174 W75 58.680",
    "N 36° 51.174' W 075° 58.680'",
    "36 51.174, -75 58.680",
    "36° 51.174', -75° 58.680'",
    "36°51.174′ −75°58.680′",
    "75° 58.680' W, 36° 51.174' N",
    "lat 36° 51' 10.44\" lon -75° 58' 40.8\"",
    "Lat: 36° 51.174' N Lon: 75° 58.68' W",
    "36 Grad 51 Minuten 10,44 Sekunden Nord, 75 Grad 58 Minuten 40,8 Sekunden West",
  ])("%s", (text) => expectPlace(text, PLACE, 5));

  test("a German east is O, and south and east have their signs", () => {
    expectPlace("52° 31' N, 13° 24' O", { lat: 52.516667, lon: 13.4 }, 5);
    expectPlace("33° 52' S 151° 12' E", { lat: -33.866667, lon: 151.2 }, 5);
    expectPlace("-33 52 0 151 12 0", { lat: -33.866667, lon: 151.2 }, 5);
    // below one degree the sign has no number to stand on
    expectPlace("0° 30' S, 0° 6' W", { lat: -0.5, lon: -0.1 }, 6);
    expectPlace("51.5, -0.1", { lat: 51.5, lon: -0.1 }, 6);
    expectPlace("-0 30 0, -0 6 0", { lat: -0.5, lon: -0.1 }, 6);
  });

  test.each([
    "12 Main Street",
    "12, Main Street 14",
    "12-14",
    "12 14",
    "48, 11",
    "36.8529",
    "36,8529",
    "",
    "-",
    "°",
    "36.8 -75.9 12",
    "36.8 N 75.9 N",
    "36.8 N 75.9",
    "a 36.8, -75.9",
    "36.8, -75.9 km",
    "36° 61' N 75° 10' W",
    "36 51 10 20 N 75 W",
    "36.5 51 N 75 58 W",
    "36.8 N -75.9 E",
    "lat 36.8 lat 75.9",
    "18S 412345 4078901",
    "18S VF 12345 67890",
    "1. Stock, Hauptstraße 5",
    "Bahnhofstr. 12",
    "+49 171 1234567",
    "0171 1234567",
  ])("%s is no place", (text) => expect(read(text)).toBeNull());
});

describe("links", () => {
  test.each([
    "https://www.google.com/maps/@36.8529,-75.978,15z",
    "https://www.google.de/maps/@36.8529,-75.978,15z?hl=de&entry=ttu",
    "https://www.google.com/maps/place/Harbour+flats/@36.9,-75.9,17z/data=!3m1!4b1!4m6!3m5!1s0x89ba:0x1!8m2!3d36.8529!4d-75.978!16s%2Fg%2F1",
    "https://www.google.com/maps/place/36%C2%B051'10.4%22N+75%C2%B058'40.8%22W/@36.9,-75.9,17z",
    "https://www.google.com/maps/place/36.8529,-75.978",
    "https://www.google.com/maps/search/36.8529,+-75.978?entry=tts",
    "https://www.google.com/maps/search/?api=1&query=36.8529%2C-75.978",
    "https://www.google.com/maps/dir/?api=1&origin=36.1,-75.1&destination=36.8529,-75.978",
    "https://www.google.com/maps/dir/36.1,-75.1/36.8529,-75.978/@36.5,-75.5,10z",
    "https://www.google.com/maps/dir/A/B/@36.5,-75.5,10z/data=!4m9!4m8!1m5!1m1!1s0x1!2m2!1d-75.1!2d36.1!1m1!1m2!1d-75.978!2d36.8529",
    "https://www.google.com/maps?q=36.8529,-75.978",
    "https://maps.google.com/?q=36.8529,-75.978&z=17",
    "https://maps.google.com/maps?q=loc:36.8529,-75.978",
    "https://maps.google.com/maps?q=loc:36.8529+-75.978",
    "https://maps.google.com/maps?q=36.8529,-75.978(Harbour+flats)",
    "https://maps.google.com/maps?ll=36.8529,-75.978&q=Harbour+flats",
    "https://maps.google.com/maps?daddr=36.8529,-75.978",
    "https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d3200!2d-75.978!3d36.8529!2m3!1f0",
    "https://www.google.com/maps/@?api=1&map_action=pano&viewpoint=36.8529%2C-75.978",
    "maps.google.com/?q=36.8529,-75.978",
    "comgooglemaps://?q=36.8529,-75.978",
    "https://maps.apple.com/?ll=36.8529,-75.978&q=Harbour%20flats",
    "https://maps.apple.com/?q=36.8529,-75.978",
    "https://maps.apple.com/place?address=1%20Main%20St&coordinate=36.8529,-75.978&name=Pin",
    "https://maps.apple.com/?daddr=36.8529,-75.978",
    "https://maps.apple.com/?q=Pin&sll=36.8529,-75.978",
    "https://maps.apple.com/frame?center=36.8529%2C-75.978&span=0.1,0.1",
    "maps://?ll=36.8529,-75.978",
    "https://www.openstreetmap.org/?mlat=36.8529&mlon=-75.978#map=15/36.9/-75.9",
    "https://www.openstreetmap.org/#map=15/36.8529/-75.978",
    "https://www.openstreetmap.org/#map=15/36.8529/-75.978&layers=N",
    "https://www.openstreetmap.org/node/123#map=19/36.8529/-75.978",
    "https://www.openstreetmap.org/?lat=36.8529&lon=-75.978&zoom=15",
    "https://www.openstreetmap.org/search?query=36.8529%2C%20-75.978#map=8/36.0/-75.0",
    "https://www.openstreetmap.org/directions?engine=x&route=36.1%2C-75.1%3B36.8529%2C-75.978#map=8/36/-75",
    "https://www.openstreetmap.org/directions?from=&to=36.8529%2C-75.978",
    "https://waze.com/ul?ll=36.8529%2C-75.978&navigate=yes",
    "https://www.bing.com/maps?cp=36.8529~-75.978&lvl=16",
    "https://wego.here.com/?map=36.8529,-75.978,15,normal",
    "geo:36.8529,-75.978",
    "geo:36.8529,-75.978,12;u=35",
    "geo:36.8529,-75.978;crs=wgs84",
    "geo:36.8529,-75.978?z=17",
    "geo:0,0?q=36.8529,-75.978(Harbour+flats)",
    "geo:0,0?q=36.8529%2C-75.978",
    "GEO:36.8529,-75.978",
    "I am here: https://maps.google.com/?q=36.8529,-75.978 please come",
    "Ich bin hier (https://maps.google.com/?q=36.8529,-75.978).",
  ])("%s", (text) => expectPlace(text, PLACE, 4));

  test("OpenStreetMap's short links hold the place", () => {
    // as openstreetmap.org makes them: bits of longitude and latitude in turn
    expectPlace("https://osm.org/go/0EEQjE--?m", { lat: 51.510772705078, lon: 0.054931640625 }, 3);
  });

  test.each([
    "https://maps.app.goo.gl/abCD1234",
    "https://goo.gl/maps/abCD1234",
    "maps.app.goo.gl/abCD1234",
    "https://maps.apple/p/abCD1234",
    "https://w3w.co/filled.count.soap",
    "///filled.count.soap",
    "filled.count.soap",
    "87V5V22C+52",
    "V22C+52 Virginia Beach",
  ])("%s cannot be resolved here", (text) => expect(readPlace(text)).toEqual({ unread: "short" }));

  test.each([
    "https://www.google.com/maps/place/Harbour+flats",
    "https://maps.google.com/?q=1+Main+Street",
    "https://example.org/",
    "geo:0,0?q=1+Main+Street",
  ])("%s has no coordinates", (text) => expect(readPlace(text)).toEqual({ unread: "link" }));

  test("an address is neither", () => {
    expect(readPlace("1 Main Street")).toEqual({ unread: "text" });
  });
});

describe("any place in any way of writing is read as that place", () => {
  // the same places in every run (Mulberry's generator)
  let seed = 20261130;
  const chance = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  const places: Point[] = [
    { lat: 0.5, lon: -0.25 },
    { lat: -0.000012, lon: 179.999988 },
    { lat: 89.999, lon: -179.999 },
    { lat: 59.9999999, lon: 59.9999999 },
    { lat: 48, lon: 11.5 },
    ...Array.from({ length: 300 }, () => ({ lat: chance() * 180 - 90, lon: chance() * 360 - 180 })),
  ];
  const comma = (text: string) => text.replaceAll(".", ",");
  const fixed = (degrees: number) => degrees.toFixed(6);
  const unsigned = (degrees: number) => fixed(Math.abs(degrees));
  const [ns, ew] = [(lat: number) => (lat < 0 ? "S" : "N"), (lon: number) => (lon < 0 ? "W" : "E")];
  /** Whole units and the rest, without a 60 that rounding made. */
  const split = (degrees: number, digits: number): [number, number, string] => {
    const all = Math.round(Math.abs(degrees) * 3600 * 10 ** digits);
    const unit = 3600 * 10 ** digits;
    const minutes = Math.floor((all % unit) / (60 * 10 ** digits));
    return [Math.floor(all / unit), minutes, ((all % (60 * 10 ** digits)) / 10 ** digits).toFixed(digits)];
  };
  const dms = (degrees: number, marks: [string, string, string]) => {
    const [d, m, s] = split(degrees, 3);
    return `${d}${marks[0]}${m}${marks[1]}${s}${marks[2]}`;
  };
  const dm = (degrees: number, marks: [string, string]) => {
    const all = Math.round(Math.abs(degrees) * 60 * 1e5);
    return `${Math.floor(all / 6e6)}${marks[0]}${((all % 6e6) / 1e5).toFixed(5)}${marks[1]}`;
  };
  const sign = (degrees: number, minus = "-") => (degrees < 0 ? minus : "");
  const shapes: Record<string, (p: Point) => string> = {
    decimal: (p) => `${fixed(p.lat)}, ${fixed(p.lon)}`,
    "decimal, close": (p) => `${fixed(p.lat)},${fixed(p.lon)}`,
    "decimal comma": (p) => comma(`${fixed(p.lat)} ${fixed(p.lon)}`),
    "decimal comma and comma": (p) => `${comma(fixed(p.lat))}, ${comma(fixed(p.lon))}`,
    "decimal comma and comma, close": (p) => `${comma(fixed(p.lat))},${comma(fixed(p.lon))}`,
    brackets: (p) => `(${fixed(p.lat)}; ${fixed(p.lon)})`,
    "Unicode minus": (p) => `${fixed(p.lat)}, ${fixed(p.lon)}`.replaceAll("-", "\u2212"),
    letters: (p) => `${unsigned(p.lat)} ${ns(p.lat)} ${unsigned(p.lon)} ${ew(p.lon)}`,
    "letters in front": (p) => `${ns(p.lat)}${unsigned(p.lat)} ${ew(p.lon)}${unsigned(p.lon)}`,
    "longitude first": (p) => `${unsigned(p.lon)}°${ew(p.lon)}, ${unsigned(p.lat)}°${ns(p.lat)}`,
    named: (p) => `lat ${fixed(p.lat)} lon ${fixed(p.lon)}`,
    "named, German": (p) => comma(`Länge ${fixed(p.lon)} Breite ${fixed(p.lat)}`),
    seconds: (p) => `${dms(p.lat, ["°", "'", '"'])}${ns(p.lat)} ${dms(p.lon, ["°", "'", '"'])}${ew(p.lon)}`,
    primes: (p) =>
      `${dms(p.lat, ["° ", "′ ", "″ "])}${ns(p.lat)}, ${dms(p.lon, ["° ", "′ ", "″ "])}${ew(p.lon)}`,
    "seconds with blanks": (p) =>
      `${dms(p.lat, [" ", " ", " "])}${ns(p.lat)} ${dms(p.lon, [" ", " ", " "])}${ew(p.lon)}`,
    "seconds with signs": (p) =>
      `${sign(p.lat)}${dms(p.lat, [" ", " ", ""])}, ${sign(p.lon)}${dms(p.lon, [" ", " ", ""])}`,
    minutes: (p) => `${dm(p.lat, ["° ", "' "])}${ns(p.lat)} ${dm(p.lon, ["° ", "' "])}${ew(p.lon)}`,
    "minutes with blanks": (p) => `${ns(p.lat)} ${dm(p.lat, [" ", ""])} ${ew(p.lon)} ${dm(p.lon, [" ", ""])}`,
    "minutes with signs": (p) =>
      `${sign(p.lat, "\u2212")}${dm(p.lat, ["°", "′"])} ${sign(p.lon, "\u2212")}${dm(p.lon, ["°", "′"])}`,
    geo: (p) => `geo:${fixed(p.lat)},${fixed(p.lon)};u=20`,
    "Google, the view": (p) => `https://www.google.com/maps/@${fixed(p.lat)},${fixed(p.lon)},17z`,
    "Google, the place": (p) =>
      `https://www.google.com/maps/place/X/@1.5,1.5,17z/data=!8m2!3d${fixed(p.lat)}!4d${fixed(p.lon)}`,
    "Google, a search": (p) => `https://maps.google.com/?q=${fixed(p.lat)},${fixed(p.lon)}`,
    Apple: (p) => `https://maps.apple.com/?q=Pin&ll=${fixed(p.lat)},${fixed(p.lon)}`,
    "OpenStreetMap, the view": (p) => `https://www.openstreetmap.org/#map=15/${fixed(p.lat)}/${fixed(p.lon)}`,
    "OpenStreetMap, a pin": (p) =>
      `https://www.openstreetmap.org/?mlat=${fixed(p.lat)}&mlon=${fixed(p.lon)}#map=9/1.5/1.5`,
  };
  test.each(Object.keys(shapes))("%s", (shape) => {
    for (const place of places) expectPlace(shapes[shape]?.(place) ?? "", place, 5);
  });
});
