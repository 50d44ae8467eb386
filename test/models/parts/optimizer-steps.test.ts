import { expect, it } from "vitest";
import { restoreState, takeState } from "../../../src/models/parts/state.js";
import { sum } from "../../../src/ops/reduce/sum.js";
import { Adam } from "../../../src/optim/adam.js";
import { backward } from "../../../src/tensor/autograd.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
const parameters = [["G_A.weight", [1]], ["G_B.weight", [1]]] as const;

it("a trainer's state has one counter an optimizer, and others only for parameters with fewer steps", async () => {
  const [first, late] = [Tensor.from(gpu(), [1], [1]).withGrad(), Tensor.from(gpu(), [1], [2]).withGrad()];
  const adam = new Adam(gpu(), [first, late]);
  const other = new Adam(gpu(), [1, 2].map((value) => Tensor.from(gpu(), [1], [value]).withGrad()));
  const partsOf = (optimizer: Adam) => ({ networks: {}, optimizers: { optimizer_G: { adam: optimizer, parameters } } });
  const counters: unknown[] = [];
  for (const used of [[first, late], [first]]) {
    adam.zeroGrad();
    for (const parameter of used) backward(sum(parameter));
    adam.step();
    const state = await takeState(partsOf(adam));
    counters.push(state.counters);
    restoreState(gpu(), partsOf(other), state);
    expect(await other.state()).toEqual(await adam.state());
  }
  expect(counters).toEqual([{ optimizer_G: 1 }, { optimizer_G: 2, "optimizer_G/G_B.weight": 1 }]);
  adam.dispose();
  other.dispose();
});
