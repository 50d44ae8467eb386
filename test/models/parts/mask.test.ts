/** The losses of masks against their definitions, and what reaches pixels outside. */
import { expect, test } from "vitest";
import { gradCheck } from "../../../src/grad-check.js";
import { buildDiscriminator } from "../../../src/models/networks/patch-gan.js";
import { hideOutside, keepOutside, maskedL1Loss, realImages, type Mask } from "../../../src/models/parts/mask.js";
import { releaseModule } from "../../../src/nn/module.js";
import { sum } from "../../../src/ops/reduce/sum.js";
import { mul } from "../../../src/ops/elementwise/mul.js";
import { Random } from "../../../src/random.js";
import { backward } from "../../../src/tensor/autograd.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
const shape = [2, 16, 12, 3] as const;
const size = 2 * 16 * 12 * 3;
const random = new Random(4);
const values = (): Float32Array => Float32Array.from({ length: size }, () => 2 * random.uniform() - 1);
/** Another part of each image; 3 values of a pixel are inside or outside together. */
const pixels = Float32Array.from({ length: size / 3 }, () => (random.uniform() < 0.3 ? 1 : 0));
const isInside = (at: number): boolean => pixels[Math.floor(at / 3)] === 1;

function masked(data: Float32Array, mask = pixels): { images: Tensor; mask: Mask } {
  const { images, mask: made } = realImages(gpu(), { shape, data, mask }, "real");
  if (!made) throw new Error("the batch has a mask");
  return { images, mask: made };
}

test("the L1 loss is the mean over the elements inside, with zero gradient outside", async () => {
  const [x, target] = [values(), values()];
  const { images, mask } = masked(target);
  const input = Tensor.from(gpu(), shape, x).withGrad();
  const loss = maskedL1Loss(input, images, 10, mask);
  const inside = Array.from(x.keys()).filter(isInside);
  const expected = (10 * inside.reduce((total, at) => total + Math.abs(x[at]! - target[at]!), 0)) / inside.length;
  // A tree sum of 1152 float32 values rounds by at most about 11 units of 2⁻²⁴, and the weight by two more.
  expect(Math.abs((await loss.data())[0]! - expected)).toBeLessThan(13 * 2 ** -24 * expected);
  backward(loss);
  const gradient = (await input.grad?.data()) ?? new Float32Array();
  for (const [at, slope] of gradient.entries()) {
    if (isInside(at)) expect(slope).toBeCloseTo((10 * Math.sign(x[at]! - target[at]!)) / inside.length, 8);
    else expect(Object.is(Math.abs(slope), 0), `element ${at}`).toBe(true);
  }
});

test("its gradient agrees with finite differences", async () => {
  const { images, mask } = masked(values());
  // Differences of at least 0.5 are far from the kink at 0.
  const x = Tensor.from(gpu(), shape, (await images.data()).map((value, at) => value + (at % 2 === 0 ? 0.5 : -0.7))).withGrad();
  const report = await gradCheck((input) => maskedL1Loss(input, images, 3, mask), [x]);
  expect(report.ok, report.toString()).toBe(true);
});

test("without a pixel inside, the loss and its gradient are 0", async () => {
  const { images, mask } = masked(values(), new Float32Array(size / 3));
  const input = Tensor.from(gpu(), shape, values()).withGrad();
  const loss = maskedL1Loss(input, images, 10, mask);
  expect([...(await loss.data())]).toEqual([0]);
  backward(loss);
  expect((await input.grad?.data())?.every((slope) => slope === 0)).toBe(true);
});

test("pixels outside keep their value, and those inside theirs, to the bit", async () => {
  const [made, original] = [values(), values()];
  const { mask } = masked(original);
  const kept = await keepOutside(Tensor.from(gpu(), shape, made), mask).data();
  expect(kept).toEqual(made.map((value, at) => (isInside(at) ? value : original[at]!)));
});

test("a mask of another size than its images is refused", () => {
  expect(() => masked(values(), new Float32Array(7))).toThrow(/^mask: expected 384 values for images \[2, 16, 12, 3\], one for each pixel, got 7\.$/);
});

test("a discriminator does not see what is outside, and sends it no gradient", async () => {
  const discriminator = buildDiscriminator(gpu(), { inputNc: 3, ndf: 4, netD: "n_layers", nLayersD: 1, norm: "instance", spectralNorm: false });
  for (const [, { tensor }] of discriminator.parameters()) tensor.write(Float32Array.from({ length: tensor.size }, () => random.normal() / 4));
  const { images, mask } = masked(values());
  const made = values();
  const judged = (data: Float32Array) => {
    const input = Tensor.from(gpu(), shape, data).withGrad();
    const map = discriminator.forward(hideOutside(keepOutside(input, mask), mask));
    return { input, map };
  };
  const [first, second] = [judged(made), judged(made.map((value, at) => (isInside(at) ? value : -3 * value)))];
  expect(await first.map.data()).toEqual(await second.map.data());
  expect(await first.map.data()).not.toEqual(await discriminator.forward(images).data());
  backward(sum(mul(first.map, first.map)));
  const gradient = (await first.input.grad?.data()) ?? new Float32Array();
  expect(gradient.every((slope, at) => isInside(at) || slope === 0)).toBe(true);
  expect(gradient.some((slope) => slope !== 0)).toBe(true);
  releaseModule(discriminator);
});
