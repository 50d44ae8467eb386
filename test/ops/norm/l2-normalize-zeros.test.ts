import { expect, it } from "vitest";
import { l2Normalize } from "../../../src/ops/norm/l2-normalize.js";
import { sum } from "../../../src/ops/reduce/sum.js";
import { backward } from "../../../src/tensor/autograd.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu({ guarded: true });

it("a vector of zeros stays, with a finite gradient", async () => {
  using _scope = gpu().scope("zeros");
  const x = Tensor.zeros(gpu(), [2, 3]).withGrad();
  const y = l2Normalize(x, 0.5);
  backward(sum(y));
  expect([...(await y.data())]).toEqual([0, 0, 0, 0, 0, 0]);
  expect([...((await x.grad?.data()) ?? [])]).toEqual([2, 2, 2, 2, 2, 2]);
});
