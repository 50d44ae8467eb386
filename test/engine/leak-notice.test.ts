import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, vi } from "vitest";
import { openGpu } from "../../src/open-gpu.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage until `done`, or for a second. */
async function collectUntil(done: () => boolean): Promise<void> {
  for (let round = 0; round < 20 && !done(); round++) {
    collect();
    await sleep(50);
  }
}

const gpu = useGpu();

// In one test, because the notice is given once in a process.
it("a lost tensor is noticed once, and none that was released, scoped or destroyed with its device", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  try {
    const other = await openGpu();
    for (let i = 0; i < 10; i++) {
      Tensor.zeros(gpu(), [4]).release();
      Tensor.zeros(other, [4]);
      using scope = gpu().scope("step");
      mul(Tensor.zeros(gpu(), [4]), Tensor.zeros(gpu(), [4]));
      scope.keep(Tensor.zeros(gpu(), [4])).release();
    }
    other.dispose();
    await collectUntil(() => warn.mock.calls.length > 0);
    expect(warn).not.toHaveBeenCalled();

    for (let i = 0; i < 10; i++) {
      using scope = gpu().scope("step");
      scope.keep(Tensor.zeros(gpu(), [2, 3], "kept"));
    }
    await collectUntil(() => warn.mock.calls.length > 0);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^cyclegan-webgpu: the tensor "kept" \[2, 3\] was garbage-collected before it was released/)]]);
  } finally {
    warn.mockRestore();
  }
});
