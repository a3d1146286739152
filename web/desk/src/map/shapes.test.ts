// Where the map begins.
import { expect, test } from "vitest";
import { boxOfMost, boxOfPoints, hexagon } from "./shapes.ts";

test("a box around points, and none around nothing", () => {
  expect(boxOfPoints([], 0.3)).toBeNull();
  const box = boxOfPoints(
    [
      { lat: 36.8, lon: -76.1 },
      { lat: 37, lon: -76 },
    ],
    0.25,
  );
  expect(box?.map((degrees) => Number(degrees.toFixed(6)))).toEqual([-76.35, 36.55, -75.75, 37.25]);
});

test("the box of most people leaves out the few who are far away", () => {
  const at = (lon: number, lat: number, count: number) => hexagon([[lon, lat]], { count });
  const town = Array.from({ length: 100 }, (_, n) => at(-76 + n / 1000, 36.8 + n / 1000, 10));
  const box = boxOfMost([...town, at(150, -33, 3)]);
  expect(box).not.toBeNull();
  const [west, south, east, north] = box ?? [0, 0, 0, 0];
  expect(west).toBeGreaterThanOrEqual(-76);
  expect(east).toBeLessThanOrEqual(-75.9);
  expect(south).toBeGreaterThanOrEqual(36.8);
  expect(north).toBeLessThanOrEqual(36.9);
  expect(boxOfMost([])).toBeNull();
});
