import { expect, test } from "vitest";
import { Random } from "../../src/random.js";
import { drawScene, SCENE_SIDE, type Season } from "../../src/studio/train/scenes.js";

const mean = (season: Season): number => {
  const { data } = drawScene(new Random(5), season);
  return data.reduce((sum, value) => sum + value) / data.length;
};

test("a stream draws one landscape: the same each time, in winter with snow", () => {
  const { width, height, data } = drawScene(new Random(5), "summer");
  expect([width, height, data.length]).toEqual([SCENE_SIDE, SCENE_SIDE, 3 * SCENE_SIDE ** 2]);
  expect(drawScene(new Random(5), "summer").data).toEqual(data);
  expect(drawScene(new Random(6), "summer").data).not.toEqual(data);
  // Grass has a mean of about 115, snow of about 225.
  expect(mean("winter") - mean("summer")).toBeGreaterThan(40);
});
