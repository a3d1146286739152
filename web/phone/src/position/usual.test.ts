// What a new place begins with.
import { expect, test } from "vitest";
import { hoursLeft, nextPlace, PLACE_HOURS_MAX, PLACES_MAX } from "./usual.ts";

const AT = { lat: 36.8529, lon: -75.978 };

test("home comes first, then work, then others, each with likely hours", () => {
  let places: ReturnType<typeof nextPlace>[] = [];
  for (let n = 0; n < PLACES_MAX; n++) places = [...places, nextPlace(places, AT)];
  expect(places.map(({ label }) => label)).toEqual(["home", "work", "other", "other"]);
  expect(places[0]?.hours[0]?.days.length).toBe(7);
  expect(places[1]?.hours[0]?.days).not.toContain("sun");
  expect(places.every(({ lat, lon }) => lat === AT.lat && lon === AT.lon)).toBe(true);
});

test("hours of all places count together", () => {
  const home = nextPlace([], AT);
  expect(hoursLeft([])).toBe(PLACE_HOURS_MAX);
  expect(hoursLeft([home, { ...home, hours: Array(13).fill(home.hours[0]) }])).toBe(0);
});
