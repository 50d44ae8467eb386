import { afterAll, beforeAll, expect, it } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { ImagePool } from "../../src/models/cyclegan/image-pool.js";
import { openGpu } from "../../src/open-gpu.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor.js";

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
