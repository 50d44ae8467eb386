import { describe, expect, it } from "vitest";
import { MisuseError, ShapeError, UsageError } from "../../src/errors.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Adam } from "../../src/optim/adam.js";
import { SGD, type SGDOptions } from "../../src/optim/sgd.js";
import { Random } from "../../src/random.js";
import { backward } from "../../src/tensor/autograd.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu({ guarded: true });

const sizes = [1, 5, 64, 130];
const STEPS = 20;

interface Optimizer {
  zeroGrad(): void;
  step(): void;
  dispose(): void;
}

/** The parameters after steps with given gradients, from random ones. */
async function trained(make: (parameters: readonly Tensor[]) => Optimizer, starts: number[][], gradients: number[][][]): Promise<Float32Array[]> {
  const parameters = starts.map((start) => Tensor.from(gpu(), [start.length], start).withGrad());
  const optimizer = make(parameters);
  for (const step of gradients) {
    using _scope = gpu().scope("step");
    optimizer.zeroGrad();
    // d Σ p·g / dp = g
    for (const [i, p] of parameters.entries()) backward(sum(mul(p, Tensor.from(gpu(), p.shape, step[i] ?? []))));
    optimizer.step();
  }
  const values = await Promise.all(parameters.map((parameter) => parameter.data()));
  optimizer.dispose();
  return values;
}

function draws(): { starts: number[][]; gradients: number[][][] } {
  const random = new Random(2);
  const normal = (size: number): number[] => Array.from({ length: size }, () => Math.fround(random.normal()));
  return { starts: sizes.map(normal), gradients: Array.from({ length: STEPS }, () => sizes.map(normal)) };
}

/** SGD in float64, as PyTorch's documentation writes it. */
function reference(p: number, gradients: number[], { lr = 1e-3, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false }: SGDOptions): number {
  let v: number | undefined;
  for (const gradient of gradients) {
    const g = gradient + weightDecay * p;
    v = v === undefined ? g : momentum * v + (1 - dampening) * g;
    p -= lr * (momentum === 0 ? g : nesterov ? g + momentum * v : v);
  }
  return p;
}

describe("SGD", () => {
  it.for<SGDOptions>([
    { lr: 0.01 },
    { lr: 0.01, momentum: 0.9 },
    { lr: 0.01, momentum: 0.9, nesterov: true },
    { lr: 0.02, momentum: 0.5, weightDecay: 0.1 },
    { lr: 0.02, momentum: 0.9, dampening: 0.5 },
    { lr: 0.02, dampening: 0.5 },
  ])("follows the formula with %o", async (options) => {
    const { starts, gradients } = draws();
    const values = await trained((parameters) => new SGD(gpu(), parameters, options), starts, gradients);
    for (const [i, start] of starts.entries()) {
      for (const [j, p] of start.entries()) {
        const expected = reference(p, gradients.map((step) => step[i]?.[j] ?? Number.NaN), options);
        // Each of 20 steps rounds p, |p| < 8, to half an ulp of 4.8e-7, and adds the rounding of lr · v, with |v| < 30.
        expect(Math.abs((values[i]?.[j] ?? Number.NaN) - expected)).toBeLessThan(STEPS * (4.8e-7 + 4 * 30 * 0.02 * 6e-8));
      }
    }
  });

  it("leaves a parameter without a gradient alone", async () => {
    const [used, unused] = [Tensor.from(gpu(), [2], [1, 2]).withGrad(), Tensor.from(gpu(), [3], [3, 4, 5]).withGrad()];
    const sgd = new SGD(gpu(), [used, unused], { lr: 0.5, weightDecay: 1 });
    backward(sum(used));
    sgd.step();
    expect([...(await unused.data())]).toEqual([3, 4, 5]);
    // p − 0.5 · (1 + p)
    expect([...(await used.data())]).toEqual([0, 0.5]);
    sgd.dispose();
  });

  it("continues from its state to the same bits, in the middle of a dampened velocity", async () => {
    const { starts, gradients } = draws();
    const options = { lr: 0.01, momentum: 0.9, dampening: 0.3 };
    const whole = await trained((parameters) => new SGD(gpu(), parameters, options), starts, gradients);
    const parameters = starts.map((start) => Tensor.from(gpu(), [start.length], start).withGrad());
    let sgd = new SGD(gpu(), parameters, options);
    for (const [count, step] of gradients.entries()) {
      using _scope = gpu().scope("step");
      for (const [i, p] of parameters.entries()) p.grad = Tensor.from(gpu(), p.shape, step[i] ?? []);
      sgd.step();
      sgd.zeroGrad();
      if (count !== 7) continue;
      const state = await sgd.state();
      const values = await Promise.all(parameters.map((p) => p.data()));
      sgd.dispose();
      parameters.splice(0, parameters.length, ...values.map((data) => Tensor.from(gpu(), [data.length], data).withGrad()));
      for (const p of parameters) _scope.keep(p);
      sgd = new SGD(gpu(), parameters, options);
      sgd.restore(state);
      expect(() => sgd.restore({ ...state, velocities: state.velocities.slice(1) })).toThrow(
        "SGD: expected velocities of 4 parameters with [1, 5, 64, 130] elements, got [5, 64, 130]. Restore the state of the same network.",
      );
    }
    expect(await Promise.all(parameters.map((p) => p.data()))).toEqual(whole);
    sgd.dispose();
  });

  it("shares no parameter with another optimizer", () => {
    const p = Tensor.zeros(gpu(), [4]).withGrad();
    const sgd = new SGD(gpu(), [p]);
    expect(() => new Adam(gpu(), [p])).toThrow(MisuseError);
    sgd.dispose();
  });

  it("refuses options that make no sense, and gradients of another shape", () => {
    const p = Tensor.zeros(gpu(), [4], "p").withGrad();
    expect(() => new SGD(gpu(), [p], { lr: -1 })).toThrow("SGD: expected lr to be a finite number of at least 0, got -1.");
    expect(() => new SGD(gpu(), [p], { momentum: 1 })).toThrow("SGD: expected momentum to be a finite number of at least 0 and below 1, got 1.");
    expect(() => new SGD(gpu(), [p], { nesterov: true })).toThrow(UsageError);
    expect(() => new SGD(gpu(), [p], { nesterov: true, momentum: 0.9, dampening: 0.1 })).toThrow(
      "SGD: expected a momentum above 0 and no dampening with nesterov, got momentum 0.9, dampening 0.1.",
    );
    const sgd = new SGD(gpu(), [p]);
    p.grad = Tensor.zeros(gpu(), [2, 2], "other");
    expect(() => sgd.step()).toThrow(ShapeError);
    expect(() => sgd.step()).toThrow('SGD: expected a gradient [4] of "p", got "other" [2, 2].');
    sgd.dispose();
  });
});

it.each([
  { as: "Adam", decoupledWeightDecay: false },
  { as: "AdamW", decoupledWeightDecay: true },
])("Adam decays weights as PyTorch's $as does", async ({ decoupledWeightDecay }) => {
  const { starts, gradients } = draws();
  const options = { lr: 1e-2, beta1: 0.5, beta2: 0.9, weightDecay: 0.1, decoupledWeightDecay };
  const values = await trained((parameters) => new Adam(gpu(), parameters, options), starts, gradients);
  for (const [i, start] of starts.entries()) {
    for (const [j, first] of start.entries()) {
      let [p, m, v] = [first, 0, 0];
      for (const [t, step] of gradients.entries()) {
        const decay = options.weightDecay * p;
        const g = (step[i]?.[j] ?? Number.NaN) + (decoupledWeightDecay ? 0 : decay);
        if (decoupledWeightDecay) p -= options.lr * decay;
        m = 0.5 * m + 0.5 * g;
        v = 0.9 * v + 0.1 * g * g;
        p -= (options.lr * (m / (1 - 0.5 ** (t + 1)))) / (Math.sqrt(v / (1 - 0.9 ** (t + 1))) + 1e-8);
      }
      // Each of 20 steps rounds p, |p| ≤ 4, to half an ulp of 2.4e-7; a step of about lr is right to some 10 roundings of 6e-8,
      // and the decay is below lr.
      expect(Math.abs((values[i]?.[j] ?? Number.NaN) - p)).toBeLessThan(STEPS * (2.4e-7 + 10 * 6e-8));
    }
  }
});
