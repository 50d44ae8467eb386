import { expect, test } from "vitest";
import type { Image } from "../../../src/data/image.js";
import { compose, cutToContent, type Placed, type Scene } from "../../../src/demo/scenes/compose.js";

function plain(width: number, height: number, color: readonly number[], alpha?: readonly number[]): Image {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => color[at % 3] ?? 0);
  return { width, height, channels: 3, data, ...(alpha ? { alpha: Uint8Array.from(alpha) } : {}) };
}

const ground: Scene = { image: plain(4, 3, [10, 20, 30]), labels: { width: 4, height: 3, channels: 1, data: new Uint8Array(12) } };
const square = (more: Partial<Placed> = {}): Placed => ({ drawing: plain(2, 2, [200, 100, 0]), label: 1, x: 2, y: 3, height: 2, ...more });
const redOf = ({ image }: Scene): number[] => [...image.data].filter((_, at) => at % 3 === 0);

test("a drawing stands on its place, and its pixels have its class", () => {
  const scene = compose(ground, [square()]);
  expect(redOf(scene)).toEqual([10, 10, 10, 10, 10, 200, 200, 10, 10, 200, 200, 10]);
  expect([...scene.labels.data]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
});

test("the background stays as it was", () => {
  compose(ground, [square()]);
  expect(redOf(ground)).toEqual(Array(12).fill(10));
  expect([...ground.labels.data]).toEqual(Array(12).fill(0));
});

test("a later drawing covers an earlier one, in the image and in the classes", () => {
  const scene = compose(ground, [square(), square({ drawing: plain(1, 1, [0, 0, 0]), label: 2, x: 2.5, y: 3, height: 1 })]);
  expect([...scene.labels.data]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 2, 0]);
  expect(redOf(scene).slice(8)).toEqual([10, 200, 0, 10]);
});

test("what lies outside is cut off", () => {
  const corner = compose(ground, [square({ x: 0, y: 1 }), square({ x: 4, y: 4 })]);
  expect([...corner.labels.data]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect([...compose(ground, [square({ x: -5, y: 30 })]).labels.data]).toEqual(Array(12).fill(0));
});

test("colours mix by opacity, and half of it decides the class", () => {
  const scene = compose(ground, [square({ drawing: plain(2, 2, [210, 110, 130], [255, 128, 127, 0]) })]);
  // 10 + 200 · 128/255 and 10 + 200 · 127/255, rounded.
  expect(redOf(scene)).toEqual([10, 10, 10, 10, 10, 210, 110, 10, 10, 110, 10, 10]);
  expect([...scene.labels.data]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
});

test("a mirrored drawing is mirrored, with its opacity", () => {
  const drawing: Image = { ...plain(2, 1, [0, 0, 0], [255, 0]), data: Uint8Array.of(200, 0, 0, 90, 0, 0) };
  expect(redOf(compose(ground, [square({ drawing, height: 1 })])).slice(8)).toEqual([10, 200, 10, 10]);
  expect(redOf(compose(ground, [square({ drawing, height: 1, mirrored: true })])).slice(8)).toEqual([10, 10, 200, 10]);
});

test("the height decides the size", () => {
  const scene = compose(ground, [square({ drawing: plain(8, 6, [200, 0, 0]), height: 3 })]);
  expect([...scene.labels.data]).toEqual(Array(12).fill(1));
});

test("a drawing is cut to what is drawn", () => {
  const alpha = [0, 0, 0, 0, 0, 255, 127, 0, 0, 130, 200, 0];
  const drawing: Image = { ...plain(4, 3, [0, 0, 0], alpha), data: Uint8Array.from({ length: 36 }, (_, at) => at) };
  const cut = cutToContent(drawing);
  expect([cut.width, cut.height]).toEqual([2, 2]);
  expect([...(cut.alpha ?? [])]).toEqual([255, 127, 130, 200]);
  expect([...cut.data]).toEqual([15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32]);
});

test("a drawing without alpha is a full rectangle; one of nothing is refused", () => {
  const full = plain(2, 2, [1, 2, 3]);
  expect(cutToContent(full)).toBe(full);
  expect(() => cutToContent(plain(2, 2, [1, 2, 3], [0, 0, 0, 127]))).toThrow(/cutToContent: expected a drawing with opaque pixels, got none in 2×2\./);
});
