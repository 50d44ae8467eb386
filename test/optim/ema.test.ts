import { expect, it } from "vitest";
import { MisuseError, ShapeError } from "../../src/errors.js";
import { Adam } from "../../src/optim/adam.js";
import { Ema } from "../../src/optim/ema.js";
import { SGD } from "../../src/optim/sgd.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const sizes = [1, 5, 130];

const empty = (): Tensor[] => sizes.map((size) => Tensor.untracked(gpu(), [size], "tensor").withGrad());

it.each([Adam, SGD])("copies at first and follows the formula over 20 updates, of parameters of $name", async (Optimizer) => {
  const random = new Random(2);
  const draw = (): Float32Array[] => sizes.map((size) => Float32Array.from({ length: size }, () => random.normal()));
  const [parameters, averages] = [empty(), empty()];
  const optimizer = new Optimizer(gpu(), parameters);
  const ema = new Ema(gpu(), optimizer, averages, 0.5);
  let expected: number[][] = [];
  for (let t = 0; t < 20; t++) {
    const values = draw();
    for (const [index, parameter] of parameters.entries()) parameter.write(values[index] ?? []);
    ema.update();
    const d = Math.min(0.5, t / (9 + t));
    expected = values.map((now, index) => [...now].map((p, i) => d * (expected[index]?.[i] ?? 0) + (1 - d) * p));
    if (t > 0) continue;
    for (const [index, average] of averages.entries()) expect(await average.data()).toEqual(values[index]);
  }
  expect(ema.updates).toBe(20);
  for (const [index, average] of averages.entries()) {
    // Each update rounds three times values below 8, by 2.4e-7 at most each, and at least halves the errors before it.
    for (const [i, value] of (await average.data()).entries()) expect(Math.abs(value - (expected[index]?.[i] ?? NaN))).toBeLessThan(1.5e-6);
  }
  ema.dispose();
  optimizer.dispose();
});

it("refuses averages of other sizes", () => {
  const adam = new Adam(gpu(), empty());
  const [large] = [Tensor.untracked(gpu(), [1000], "tensor")];
  expect(() => new Ema(gpu(), adam, [large], 0.5)).toThrow(ShapeError);
  expect(() => new Ema(gpu(), adam, [large], 0.5)).toThrow(/^Ema: expected averages for arenas of \[\d+\] elements, got \[1024\]/);
  adam.dispose();
});

it("refuses averages that an optimizer trains", () => {
  const parameters = empty();
  const adam = new Adam(gpu(), parameters);
  expect(() => new Ema(gpu(), adam, parameters, 0.5)).toThrow(MisuseError);
  adam.dispose();
});
