// Coordinates as people write them, and what is doubtful about them.
import { describe, expect, test } from "vitest";
import { distanceM, doubt, maybeSame, middle, readPoint } from "./place.ts";
import { incident, START, time } from "./samples.ts";

const HOME = { lat: 36.84, lon: -76.06 };

describe("reading", () => {
  test.each([
    ["36.8529, -75.9780"],
    ["36.8529,-75.9780"],
    ["36.8529 -75.9780"],
    ["36,8529 -75,9780"],
    ["36.8529 N 75.9780 W"],
    ["N36.8529 W75.9780"],
    ["75.9780 W, 36.8529 N"],
    ["36°51'10.44\"N 75°58'40.8\"W"],
    ["  36.8529 ; -75.978  "],
  ])("%s", (text) => {
    const point = readPoint(text);
    expect(point?.lat).toBeCloseTo(36.8529, 6);
    expect(point?.lon).toBeCloseTo(-75.978, 6);
  });

  test.each([["12 Main Street"], ["36.8529"], [""], ["36.8 -75.9 12"], ["36.8 N 75.9 N"], ["a 36.8, -75.9"]])(
    "%s is no place",
    (text) => expect(readPoint(text)).toBeNull(),
  );
});

describe("doubts", () => {
  test("a place near home is believed, and without a home anything possible is", () => {
    expect(doubt({ lat: 36.9, lon: -76.1 }, HOME)).toBeNull();
    expect(doubt({ lat: 52.5, lon: 13.4 }, null)).toBeNull();
  });

  test("swapped numbers are noticed, also where both are possible", () => {
    expect(doubt({ lat: -76.06, lon: 36.84 }, HOME)).toMatchObject({ doubt: "swapped", instead: HOME });
    const berlin = { lat: 52.5, lon: 13.4 };
    expect(doubt({ lat: 13.4, lon: 52.5 }, berlin)).toMatchObject({ doubt: "swapped", instead: berlin });
    // no home is needed where the latitude alone is impossible
    expect(doubt({ lat: 113, lon: 52 }, null)).toMatchObject({ doubt: "swapped" });
  });

  test("far away is asked about, with the distance", () => {
    const far = doubt({ lat: 52.5, lon: 13.4 }, HOME);
    expect(far?.doubt).toBe("far");
    expect(far?.doubt === "far" && Math.round(far.distance_m / 1000)).toBe(6816);
  });

  test.each([
    [0, 0],
    [91, 200],
    [Number.NaN, 1],
  ])("%s, %s is impossible", (lat, lon) =>
    expect(doubt({ lat, lon }, HOME)).toEqual({ doubt: "impossible" }),
  );
});

test("the middle is not moved by one wrong place", () => {
  const at = (lat: number) => incident({ location: { lat, lon: -76 } });
  expect(middle([at(36.8), at(36.9), at(37), at(-60), at(36.85)])).toEqual({ lat: 36.85, lon: -76 });
  expect(middle([incident({ location: null })])).toBeNull();
});

test("the same call is near and recent and open; the nearest first", () => {
  const here = { lat: 36.8529, lon: -75.978 };
  const near = (id: string, north: number, part = {}) =>
    incident({ id, location: { lat: here.lat + north / 111_195, lon: here.lon }, ...part });
  const all = [
    near("far", 210),
    near("near", 150),
    near("nearest", 20),
    near("old", 10, { opened_at: time(-16 * 60) }),
    near("closed", 10, { state: "closed" }),
  ];
  expect(maybeSame(here, all, START).map(({ id }) => id)).toEqual(["nearest", "near"]);
  expect(distanceM(here, { lat: 36.8619, lon: -75.978 })).toBeCloseTo(1000.8, 0);
});
