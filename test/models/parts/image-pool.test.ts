import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gpu } from "../../../src/gpu/gpu.js";
import { ImagePool } from "../../../src/models/parts/image-pool.js";
import { openGpu } from "../../../src/open-gpu.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

/** A batch of 1×1 images, each of one number. */
const images = (...values: number[]): Tensor => Tensor.from(gpu, [values.length, 1, 1, 1], values);

it("hands images straight back at capacity 0", async () => {
  using scope = gpu.scope("pool");
  const pool = new ImagePool(0, new Random(1));
  expect([...(await pool.query(images(3, 4)).data())]).toEqual([3, 4]);
  scope.close();
});

it("trades images exactly as the algorithm says, batch by batch", async () => {
  using scope = gpu.scope("pool");
  const pool = new ImagePool(3, new Random(11));
  // The same algorithm over plain numbers, with the same draws.
  const draws = new Random(11);
  const stored: number[] = [];
  const trade = (value: number): number => {
    if (stored.length < 3) return stored.push(value), value;
    if (draws.uniform() <= 0.5) return value;
    const slot = draws.integer(3);
    const old = stored[slot] ?? Number.NaN;
    stored[slot] = value;
    return old;
  };
  let old = 0;
  for (let query = 0; query < 12; query++) {
    const values = [10 * query, 10 * query + 1];
    const expected = values.map(trade);
    expect([...(await pool.query(images(...values)).data())]).toEqual(expected);
    old += expected.filter((value) => !values.includes(value)).length;
  }
  // Neither branch may go untested.
  expect(old).toBeGreaterThan(4);
  expect(old).toBeLessThan(20);
  pool.dispose();
  scope.close();
});

describe("with images of different sizes", () => {
  /** A square image of one value. */
  const square = (side: number, value: number, n = 1): Tensor =>
    Tensor.from(gpu, [n, side, side, 1], new Float32Array(n * side * side).fill(value));

  it("shows each in its own size, one at a time", async () => {
    using scope = gpu.scope("pool");
    const pool = new ImagePool(1, new Random(5));
    const draws = new Random(5);
    let stored = { side: 2, value: 0 };
    let traded = 0;
    pool.query(square(stored.side, stored.value));
    for (let value = 1; value < 10; value++) {
      const image = { side: 1 + (value % 4), value };
      const keeps = draws.uniform() <= 0.5;
      if (!keeps) draws.integer(1);
      const expected = keeps ? image : stored;
      if (!keeps) stored = image;
      if (expected.side !== image.side) traded++;
      const shown = pool.query(square(image.side, image.value));
      expect(shown.shape).toEqual([1, expected.side, expected.side, 1]);
      expect(await shown.data()).toEqual(new Float32Array(expected.side ** 2).fill(expected.value));
      const { images: [kept] } = await pool.state();
      expect(kept).toEqual({ shape: [1, stored.side, stored.side, 1], values: new Float32Array(stored.side ** 2).fill(stored.value) });
    }
    expect(traded).toBeGreaterThan(2);
    pool.dispose();
    scope.close();
  });

  it("refuses a batch of another size, and changes nothing", async () => {
    using scope = gpu.scope("pool");
    const pool = new ImagePool(3, new Random(1));
    pool.query(square(2, 1, 2));
    const before = await pool.state();
    const advice = /batch of images \[1, 2, 2, 1\], as those stored, got images \[1, 4, 4, 1\]\. .*--batch-size 1, --pool-size 0 or/;
    expect(() => pool.query(square(4, 2, 2))).toThrow(advice);
    expect(await pool.state()).toEqual(before);
    pool.dispose();
    scope.close();
  });
});
