// What is doubtful about a place, and where home is.
import { describe, expect, test } from "vitest";
import { distanceM, doubt, FAR_M, type Home, homeOf, maybeSame, middle } from "./place.ts";
import { incident, START, time } from "./samples.ts";

const HOME = { lat: 36.84, lon: -76.06 };

describe("doubts", () => {
  const town = [[HOME.lon, HOME.lat, HOME.lon, HOME.lat]] satisfies Home;
  const berlin = { lat: 52.5, lon: 13.4 };
  const inBerlin = [[13.4, 52.5, 13.4, 52.5]] satisfies Home;

  test("a place near home is believed", () => {
    expect(doubt({ lat: 36.9, lon: -76.1 }, town)).toBeNull();
    // in the box of a base map, and up to 100 km beside it
    expect(doubt({ lat: 51, lon: 7 }, [[5.8, 47.2, 15.1, 55.1]])).toBeNull();
    expect(doubt({ lat: 51, lon: 5 }, [[5.8, 47.2, 15.1, 55.1]])).toBeNull();
    expect(doubt({ lat: 51, lon: 4 }, [[5.8, 47.2, 15.1, 55.1]])).toMatchObject({ doubt: "far" });
  });

  test("swapped numbers are offered the right way round, also where both ways are possible", () => {
    expect(doubt({ lat: -76.06, lon: 36.84 }, town)).toMatchObject({
      doubt: "far",
      instead: [{ how: "swapped", point: HOME }],
    });
    expect(doubt({ lat: 13.4, lon: 52.5 }, inBerlin)).toMatchObject({
      doubt: "far",
      instead: [{ how: "swapped", point: berlin }],
    });
    // no home is needed where the latitude alone is impossible
    expect(doubt({ lat: 113, lon: 52 }, [])).toMatchObject({
      doubt: "impossible",
      instead: [{ how: "swapped", point: { lat: 52, lon: 113 } }],
    });
  });

  test("a forgotten or a wrong sign is offered mirrored", () => {
    expect(doubt({ lat: 36.84, lon: 76.06 }, town)).toMatchObject({
      doubt: "far",
      instead: [{ how: "mirrored", point: HOME }],
    });
    expect(doubt({ lat: 76.06, lon: 36.84 }, town)).toMatchObject({
      instead: [{ how: "mirrored", point: HOME }],
    });
    expect(doubt({ lat: -33.9, lon: -151.2 }, [[151.2, -33.9, 151.2, -33.9]])).toMatchObject({
      instead: [{ how: "mirrored", point: { lat: -33.9, lon: 151.2 } }],
    });
  });

  test("far away is asked about, with the distance", () => {
    const far = doubt({ lat: 52.5, lon: 13.4 }, town);
    expect(far).toMatchObject({ doubt: "far", instead: [] });
    expect(far?.doubt === "far" && Math.round(far.distance_m / 1000)).toBe(6816);
  });

  test("without anything known of home nothing passes unasked", () => {
    expect(doubt(berlin, [])).toEqual({
      doubt: "unsure",
      instead: [{ how: "swapped", point: { lat: 13.4, lon: 52.5 } }],
    });
    // the other way round is not on the earth
    expect(doubt({ lat: 36.84, lon: -120 }, [])).toEqual({ doubt: "unsure", instead: [] });
  });

  test("the numbers of any place near home, swapped or mirrored, never pass unasked", () => {
    let asked = 0;
    for (let lat = -66; lat <= 66; lat += 3) {
      for (let lon = -177; lon <= 177; lon += 7) {
        const right = { lat, lon };
        const home: Home = [[lon + 0.1, lat + 0.1, lon + 0.1, lat + 0.1]];
        for (const wrong of [
          { lat: lon, lon: lat },
          { lat, lon: -lon },
          { lat: -lat, lon },
        ]) {
          if (distanceM(wrong, right) < 2 * FAR_M || (wrong.lat === 0 && wrong.lon === 0)) continue;
          const found = doubt(wrong, home);
          expect(found?.instead.map(({ point }) => point)).toContainEqual(right);
          asked++;
        }
      }
    }
    expect(asked).toBeGreaterThan(5_000);
  });

  test.each([
    [0, 0],
    [91, 200],
    [Number.NaN, 1],
  ])("%s, %s is impossible", (lat, lon) =>
    expect(doubt({ lat, lon }, town)).toEqual({ doubt: "impossible", instead: [] }),
  );
});

describe("home", () => {
  const [centre, middle] = [
    { lat: 50, lon: 8 },
    { lat: 60, lon: 10 },
  ];
  const bounds: Home[number] = [5.8, 47.2, 15.1, 55.1];
  test("is where the operator says and where people are, then the base map, then the open incidents", () => {
    expect(homeOf({ centre, areas: [{ lat: 48, lon: 11 }], bounds, middle })).toEqual([
      [8, 50, 8, 50],
      [11, 48, 11, 48],
    ]);
    expect(homeOf({ centre: null, areas: [{ lat: 48, lon: 11 }], bounds, middle })).toEqual([
      [11, 48, 11, 48],
    ]);
    expect(homeOf({ centre: null, areas: [], bounds, middle })).toEqual([bounds]);
    expect(homeOf({ centre: null, areas: [], bounds: null, middle })).toEqual([[10, 60, 10, 60]]);
    expect(homeOf({ centre: null, areas: [], bounds: null, middle: null })).toEqual([]);
  });
  test("is not the whole earth of a base map", () => {
    expect(homeOf({ centre: null, areas: [], bounds: [-180, -85, 180, 85], middle: null })).toEqual([]);
  });
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
