/** The random choices of CUT, and its contrastive loss. */
import { expect, test } from "vitest";
import { patchNceLoss } from "../../../src/models/cut/patch-nce.js";
import { mirrored, mirroredPlaces, PatchSampler } from "../../../src/models/cut/patches.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

test("places are different, of all parts of a map, and no more than it has", () => {
  const sampler = new PatchSampler(16, new Random(1));
  const counts = new Uint32Array(40);
  for (let draw = 0; draw < 2000; draw++) {
    const places = sampler.places(5, 8);
    expect(new Set(places).size).toBe(16);
    for (const place of places) counts[place] = (counts[place] ?? 0) + 1;
  }
  // 800 draws of each are expected, with a deviation of √(2000 · 0.4 · 0.6) = 22; five deviations.
  for (const count of counts) expect(Math.abs(count - 800)).toBeLessThan(110);
  expect(sampler.places(2, 3).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("half of the steps are mirrored", () => {
  const sampler = new PatchSampler(1, new Random(2));
  const count = Array.from({ length: 1000 }, () => sampler.mirrors()).filter(Boolean).length;
  // Five deviations of √250.
  expect(Math.abs(count - 500)).toBeLessThan(80);
});

test("a place of a mirrored image shows what the place shows in the image", () => {
  const shape = [2, 3, 5, 2] as const;
  const image = { shape, data: Float32Array.from({ length: 60 }, (_, at) => at) };
  const other = mirrored(image);
  const places = Array.from({ length: 15 }, (_, place) => place);
  for (const [index, place] of mirroredPlaces(places, 5).entries()) {
    for (const at of [0, 1, 30, 31]) expect(other.data[2 * place + at], `${place}`).toBe(image.data[2 * index + at]);
  }
  expect(mirrored(other)).toEqual(image);
});

test("the contrastive loss is the reference's, with its entry of −10", async () => {
  const random = new Random(3);
  const [n, patches, c, temperature] = [2, 5, 4, 0.07];
  const unit = (): number[][] =>
    Array.from({ length: n * patches }, () => {
      const vector = [...random.normals(c)];
      return vector.map((value) => value / Math.hypot(...vector));
    });
  const [queries, keys] = [unit(), unit()];
  const dot = (a: readonly number[] = [], b: readonly number[] = []): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  let expected = 0;
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < patches; i++) {
      const q = queries[image * patches + i];
      const own = dot(q, keys[image * patches + i]) / temperature;
      const others = Array.from({ length: patches }, (_, j) => (i === j ? -10 : dot(q, keys[image * patches + j])) / temperature);
      expected += (Math.log([own, ...others].reduce((sum, logit) => sum + Math.exp(logit), 0)) - own) / (n * patches);
    }
  }
  const tensor = (vectors: number[][]): Tensor => Tensor.from(gpu(), [n, patches, c], vectors.flat());
  using scope = gpu().scope("loss");
  const loss = scope.keep(patchNceLoss(tensor(queries), tensor(keys), temperature));
  // Logits of up to 14 are rounded to 2⁻²³ of themselves.
  expect(Math.abs((await loss.item()) - expected)).toBeLessThan(1e-5);
  loss.release();
});
