import { describe, expect, it } from "vitest";
import { mul } from "../../src/ops/elementwise/mul.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Adam } from "../../src/optim/adam.js";
import { GradScaler } from "../../src/optim/grad-scaler.js";
import { Random } from "../../src/random.js";
import { backward } from "../../src/tensor/autograd.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const size = 130;
const random = new Random(5);
const normal = (): number[] => Array.from({ length: size }, () => random.normal());
const start = normal();

interface Trained {
  readonly parameter: Tensor;
  readonly adam: Adam;
  readonly scaler: GradScaler;
}

function make(options = {}): Trained {
  const parameter = Tensor.from(gpu(), [size], start).withGrad();
  return { parameter, adam: new Adam(gpu(), [parameter], { lr: 1e-2, beta1: 0.5 }), scaler: new GradScaler(gpu(), options) };
}

/** A step with this gradient: d Σ p·g / dp = g. */
function step({ parameter, adam, scaler }: Trained, gradient: readonly number[], scaled = true): void {
  using _scope = gpu().scope("step");
  adam.zeroGrad();
  const loss = sum(mul(parameter, Tensor.from(gpu(), [size], gradient)));
  if (scaled) scaler.backward(loss);
  else backward(loss);
  adam.step(scaled ? scaler : undefined);
}

const scaleOf = async ({ scaler }: Trained): Promise<number | undefined> => (await scaler.state())[0];
const broken = (value: number): number[] => Array.from({ length: size }, (_, index) => (index === 70 ? value : 1e-3));

describe("GradScaler", () => {
  it("changes no step of finite gradients beyond rounding", async () => {
    const [scaled, plain] = [make(), make()];
    for (let count = 0; count < 20; count++) {
      const gradient = normal();
      step(scaled, gradient);
      step(plain, gradient, false);
    }
    const [got, wanted] = [await scaled.parameter.data(), await plain.parameter.data()];
    // The corrections are sums of 20 rounded terms on the device; the parameters move by 20 · 1e-2 at most.
    for (const [index, value] of wanted.entries()) expect(Math.abs((got[index] ?? 0) - value)).toBeLessThan(0.2 * 24 * 2 ** -23 + 2 ** -22);
    expect(await scaleOf(scaled)).toBe(65_536);
  });

  it.each([Infinity, -Infinity, NaN, 1e36])("leaves out a step whose gradients have %s, halves the scale, and does not count the step", async (value) => {
    const [disturbed, calm] = [make(), make({ initScale: 32_768 })];
    const gradients = [normal(), normal()];
    step(disturbed, broken(value));
    expect(await disturbed.parameter.data()).toEqual(Float32Array.from(start));
    for (const gradient of gradients) for (const one of [disturbed, calm]) step(one, gradient);
    expect(await disturbed.parameter.data()).toEqual(await calm.parameter.data());
    expect(await disturbed.scaler.state()).toEqual(await calm.scaler.state());
    expect(await disturbed.adam.nonFinite.data()).toEqual(Float32Array.of(0));
  });

  it("doubles the scale after so many finite steps in a row", async () => {
    const one = make({ initScale: 8, growthInterval: 3 });
    const scales: unknown[] = [];
    for (const gradient of [normal(), normal(), broken(NaN), normal(), normal(), normal(), normal()]) {
      step(one, gradient);
      scales.push(await scaleOf(one));
    }
    expect(scales).toEqual([8, 8, 4, 4, 4, 8, 8]);
  });

  it("sets the flag of its optimizer when halving does not help", async () => {
    const one = make({ initScale: 2 });
    step(one, broken(Infinity));
    expect(await one.adam.nonFinite.data()).toEqual(Float32Array.of(0));
    step(one, broken(Infinity));
    expect((await one.adam.nonFinite.data())[0]).not.toBe(0);
    expect(await one.parameter.data()).toEqual(Float32Array.from(start));
  });

  it("continues from its state to the same bits", async () => {
    const [whole, first] = [make({ growthInterval: 3 }), make({ growthInterval: 3 })];
    const gradients = [normal(), normal(), normal(), normal()];
    for (const gradient of gradients) step(whole, gradient);
    for (const gradient of gradients.slice(0, 2)) step(first, gradient);
    const second = make({ growthInterval: 3 });
    second.parameter.write(await first.parameter.data());
    second.adam.restore(await first.adam.state());
    second.scaler.restore(await first.scaler.state());
    for (const gradient of gradients.slice(2)) step(second, gradient);
    expect(await second.parameter.data()).toEqual(await whole.parameter.data());
    expect(await second.scaler.state()).toEqual(await whole.scaler.state());
  });
});
