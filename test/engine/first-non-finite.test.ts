import { describe, expect, it } from "vitest";
import { checkpoint } from "../../src/tensor/activation-checkpoint.js";
import { backward } from "../../src/tensor/autograd.js";
import { describeOrigin, firstNonFinite } from "../../src/tensor/first-non-finite.js";
import { titled } from "../../src/nn/module.js";
import { add } from "../../src/ops/elementwise/add.js";
import { instanceNorm } from "../../src/ops/norm/instance-norm.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { scale } from "../../src/ops/elementwise/scale.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Adam } from "../../src/optim/adam.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();

/** x · x with its module's name around it. */
const square = titled("square", { forward: (x) => mul(x, x), parameters: () => new Map() });

function leaf(values: readonly number[], label = "leaf"): Tensor {
  return Tensor.from(gpu(), [values.length], values, label).withGrad();
}

describe("firstNonFinite", () => {
  it("finds nothing where all is finite, the largest and smallest numbers included", async () => {
    const found = await firstNonFinite(gpu(), () => {
      using _scope = gpu().scope("finite");
      backward(sum(scale(leaf([3.4028234e38, -3.4028234e38, 1e-45, 0]), 1)));
    });
    expect(found).toBeUndefined();
  });

  it("gives its memory back where what it runs throws", async () => {
    const before = gpu().stats.liveBytes;
    const failing = firstNonFinite(gpu(), () => {
      using _scope = gpu().scope("failing");
      sum(scale(leaf([1]), 1));
      throw new TypeError("inside");
    });
    await expect(failing).rejects.toThrow(TypeError);
    expect(gpu().observer).toBeUndefined();
    expect(gpu().stats.liveBytes).toBe(before);
  });

  it("names the op that overflows, its modules, and inputs that were finite, not the ops it spoils", async () => {
    const found = await firstNonFinite(gpu(), () => {
      using _scope = gpu().scope("forward");
      const x = scale(leaf([1, -1e30, 2]), 2);
      const infinite = titled("G", square).forward(x);
      sum(add(infinite, scale(infinite, -1)));
    });
    expect(found).toMatchObject({ op: "mul", pass: "forward", path: "G.square" });
    expect(found && describeOrigin(found)).toBe(
      'mul in G.square (forward) made infinity in y "mul" [3] from finite a "scale" [3] up to 2.00e+30, b "scale" [3] up to 2.00e+30',
    );
  });

  it("tells NaN from infinity, in whatever place and with either sign", async () => {
    const values = new Float32Array(5000).fill(1);
    values[4321] = Number.NaN;
    values[17] = -Infinity;
    const found = await firstNonFinite(gpu(), () => {
      using x = Tensor.from(gpu(), [5000], values, "photo");
      scale(x, 1).release();
    });
    expect(found?.inputs).toEqual([{ name: "x", label: "photo", shape: [5000], largest: Number.NaN }]);
    expect(found && describeOrigin(found)).toBe('scale (forward) was given NaN in x "photo" [5000]');
  });

  it.each([false, true])("names a backward pass by the modules of its forward pass, checkpointed: %s", async (again) => {
    const found = await firstNonFinite(gpu(), () => {
      using _scope = gpu().scope("backward");
      const factor = Tensor.from(gpu(), [2], [1e10, 1], "factor");
      const times = titled("times", { forward: (x) => mul(x, factor), parameters: () => new Map() });
      const forward = (x: Tensor): Tensor => (again ? checkpoint((input) => times.forward(input), x) : times.forward(x));
      // Forward 1e-30 · 1e10 · 1e35; backward 1e35 · 1e10.
      backward(sum(scale(titled("G", { ...times, forward }).forward(leaf([1e-30, 1e-30])), 1e35)));
    });
    expect(found).toMatchObject({ op: "mul", pass: "backward", path: "G.times", outputs: [{ name: "a", largest: Infinity }] });
    expect(found?.inputs.map(({ name }) => name)).toEqual(["a", "b", "dy"]);
  });

  it("sees gradients overflow as they are added up", async () => {
    const found = await firstNonFinite(gpu(), () => {
      using _scope = gpu().scope("sum");
      const x = leaf([1e-10, 1e-10]);
      backward(add(sum(scale(x, 3e38)), sum(scale(x, 3e38))));
    });
    expect(found).toMatchObject({ op: "sum of gradients", pass: "backward" });
  });

  it("sees an optimizer spoil a parameter, by name", async () => {
    const p = leaf([1, 2, 3, 4], "G_A.model.1.weight");
    const adam = new Adam(gpu(), [p], { lr: 3e38, beta1: 0.5 });
    const found = await firstNonFinite(gpu(), async () => {
      for (let step = 0; step < 2; step++) {
        adam.zeroGrad();
        using loss = sum(p);
        backward(loss);
        adam.step();
        await gpu().idle();
      }
    });
    expect(found).toMatchObject({ op: "adam", pass: "update", outputs: [{ name: "G_A.model.1.weight", largest: Infinity }] });
    adam.dispose();
  });

  it("leaves values, memory and the device as they were", async () => {
    const run = (): Tensor => {
      using scope = gpu().scope("norm");
      return scope.keep(instanceNorm(Tensor.from(gpu(), [1, 2, 2, 1], [1, 2, 3, 5])));
    };
    const plain = run();
    const before = gpu().stats.liveBytes;
    let observed: Tensor | undefined;
    await firstNonFinite(gpu(), () => void (observed = run()));
    expect(await observed?.data()).toEqual(await plain.data());
    observed?.release();
    expect(gpu().stats.liveBytes).toBe(before);
    expect(gpu().observer).toBeUndefined();
    plain.release();
  });
});
