import { expect, it } from "vitest";
import { backward } from "../../src/autograd.js";
import { l1Loss } from "../../src/ops/l1-loss.js";
import { Tensor } from "../../src/tensor.js";
import { useGpu } from "../support/device.js";
import { testLoss } from "../support/loss-case.js";

const gpu = useGpu({ guarded: true });

testLoss(gpu, { name: "l1Loss", run: l1Loss, element: (x, target) => Math.abs(x - target) });

it("the derivative of l1Loss is 0 where x meets the target", async () => {
  using scope = gpu().scope("equal");
  const x = scope.keep(Tensor.from(gpu(), [4], [1, 2, 0, -3])).withGrad();
  const loss = l1Loss(x, Tensor.from(gpu(), [4], [1, 0, 4, -3]));
  backward(loss);
  expect(await loss.item()).toBe(1.5);
  expect([...((await x.grad?.data()) ?? [])]).toEqual([0, 0.25, -0.25, 0]);
  x.release();
});
