import { expect, test } from "vitest";
import type { Image } from "../../../src/data/image.js";
import { stateless } from "../../../src/nn/module.js";
import { scale } from "../../../src/ops/elementwise/scale.js";
import { roundTrips } from "../../../src/models/parts/round-trip.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

function gray(width: number, height: number, level: number): Image {
  return { width, height, channels: 1, data: new Uint8Array(width * height).fill(level) };
}

const images = [gray(4, 4, 255), gray(4, 4, 204), gray(8, 4, 51), gray(4, 4, 102)];
const by = (factor: number): ReturnType<typeof stateless> => stateless((x) => scale(x, factor));

test.each([true, false])("images come back in order, of any size, batched where they may be: %s", async (batchable) => {
  const counts: number[] = [];
  const before = gpu().stats.liveBytes;
  const { fakes, cycle } = await roundTrips(gpu(), { there: by(-1), back: by(0.5), batchable }, images, (n) => counts.push(n));
  expect(fakes.map(({ width, data }) => [width, data[0]])).toEqual([[4, 0], [4, 51], [8, 204], [4, 153]]);
  // x → −x → −x/2: off by 1.5 |x|, whose mean over images is that of 1, 0.6, 0.6, 0.2.
  expect(cycle).toBeCloseTo(1.5 * 0.6, 6);
  expect(counts).toEqual(batchable ? [2, 1, 1] : [1, 1, 1, 1]);
  expect(gpu().stats.liveBytes).toBe(before);
});

test("two at the same time do not disturb each other", async () => {
  const way = { there: by(-1), back: by(0.5), batchable: true };
  const [first, second] = await Promise.all([roundTrips(gpu(), way, images), roundTrips(gpu(), way, images)]);
  expect(first).toEqual(second);
  expect(first).toEqual(await roundTrips(gpu(), way, images));
});
