import { expect, test } from "vitest";
import type { Image } from "../../../src/data/image.js";
import { landscape, landscapeClasses, withSnow, type ObjectName } from "../../../src/demo/scenes/landscape.js";
import { valueNoise } from "../../../src/demo/scenes/noise.js";
import { FRUIT, stillLife } from "../../../src/demo/scenes/still-life.js";
import { Random } from "../../../src/random.js";

/** A square of one colour that no ground or sky has. */
function square(...color: readonly [number, number, number]): Image {
  return { width: 8, height: 8, channels: 3, data: Uint8Array.from({ length: 192 }, (_, at) => color[at % 3] ?? 0) };
}

const colors: Readonly<Record<ObjectName, readonly [number, number, number]>> = { tree: [0, 255, 0], house: [255, 0, 0], car: [255, 0, 255], pig: [0, 0, 0] };
const drawings = { tree: [square(...colors.tree)], house: [square(...colors.house)], car: [square(...colors.car)], pig: [square(...colors.pig)] };
const stream = (index: number): Random => new Random(3).stream(`scene ${index}`);
const pixelOf = (image: Image, pixel: number): number[] => [...image.data.subarray(3 * pixel, 3 * pixel + 3)];

test("the labels of a landscape agree with what is drawn", () => {
  const seen = new Set<string>();
  for (let index = 0; index < 12; index++) {
    const { image, labels } = landscape(stream(index), 32, drawings);
    for (const [pixel, label] of labels.data.entries()) {
      const name = landscapeClasses.names[label] ?? "";
      seen.add(name);
      const color = Object.entries(colors).find(([, value]) => value.join() === pixelOf(image, pixel).join());
      expect(color?.[0] ?? "background").toBe(name === "sky" || name === "ground" ? "background" : name);
    }
  }
  expect([...seen].sort()).toEqual([...landscapeClasses.names].sort());
});

test("the sky is above the ground", () => {
  const { labels } = landscape(stream(0), 32, drawings);
  expect(labels.data[0]).toBe(0);
  expect(labels.data.indexOf(1)).toBeGreaterThan(labels.data.lastIndexOf(0) - 32);
});

test("the same stream gives the same bits, another another scene", () => {
  expect(landscape(stream(1), 32, drawings)).toEqual(landscape(stream(1), 32, drawings));
  expect(landscape(stream(2), 32, drawings).image).not.toEqual(landscape(stream(1), 32, drawings).image);
});

test("the seasons have the same things at the same places", () => {
  const summer = landscape(stream(4), 32, drawings);
  const winter = landscape(stream(4), 32, drawings, "winter");
  expect(winter.labels).toEqual(summer.labels);
  for (const [pixel, label] of summer.labels.data.entries()) {
    const isSame = pixelOf(summer.image, pixel).join() === pixelOf(winter.image, pixel).join();
    expect(isSame).toBe(["house", "car", "pig"].includes(landscapeClasses.names[label] ?? ""));
  }
});

test("snow covers leaves and nothing else", () => {
  expect(pixelOf(withSnow(square(20, 110, 40)), 0)).toEqual([161, 216, 211]);
  for (const color of [[200, 40, 40], [90, 60, 30], [255, 255, 255], [40, 60, 200]] as [number, number, number][]) expect(pixelOf(withSnow(square(...color)), 0)).toEqual(color);
});

test("still lives of two fruits differ in the fruit only", () => {
  for (let index = 0; index < 8; index++) {
    const apples = stillLife(stream(index), 32, [square(255, 0, 0)]);
    const oranges = stillLife(stream(index), 32, [square(255, 200, 0)]);
    expect(oranges.labels).toEqual(apples.labels);
    expect(apples.labels.data).toContain(FRUIT);
    for (const [pixel, label] of apples.labels.data.entries()) {
      if (label === FRUIT) expect([pixelOf(apples.image, pixel), pixelOf(oranges.image, pixel)]).toEqual([[255, 0, 0], [255, 200, 0]]);
      else expect(pixelOf(oranges.image, pixel)).toEqual(pixelOf(apples.image, pixel));
    }
  }
});

test("noise is between 0 and 1, smooth at the size of its features, and the same for the same seed", () => {
  const [width, height] = [64, 32];
  const field = valueNoise(new Random(1), width, height, 16);
  expect(field).toHaveLength(width * height);
  expect(Math.min(...field)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...field)).toBeLessThan(1);
  const difference = (offset: number): number => field.reduce((sum, value, at) => ((at % width) + offset < width ? sum + Math.abs(value - (field[at + offset] ?? 0)) : sum), 0);
  expect(difference(1)).toBeLessThan(difference(12) / 2);
  expect(valueNoise(new Random(1), width, height, 16)).toEqual(field);
});
