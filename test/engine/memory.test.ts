import { describe, expect, it } from "vitest";
import { backward } from "../../src/tensor/autograd.js";
import { DeviceError } from "../../src/errors.js";
import { openGpu } from "../../src/open-gpu.js";
import { add } from "../../src/ops/elementwise/add.js";
import { instanceNorm } from "../../src/ops/norm/instance-norm.js";
import { mseLoss } from "../../src/ops/losses/mse-loss.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();

describe("the pool", () => {
  it("gives the oldest free buffer to the next tensor of its size, in whatever order they were released", () => {
    const a = Tensor.empty(gpu(), [100]);
    const b = Tensor.empty(gpu(), [100]);
    const ids = [a.storage.id, b.storage.id];
    a.release();
    b.release();
    using again = Tensor.empty(gpu(), [98]); // rounds up to the same size
    using more = Tensor.empty(gpu(), [100]);
    expect([again.storage.id, more.storage.id]).toEqual(ids);
  });

  it("keeps a buffer that another handle holds", () => {
    const x = Tensor.empty(gpu(), [200]);
    const same = x.detach();
    const { id } = same.storage;
    x.release();
    using other = Tensor.empty(gpu(), [200]);
    expect(other.storage.id).not.toBe(id);
    same.release();
  });

  it("names the size wanted and the limit when a tensor is too large", () => {
    const { maxBufferSize, maxStorageBufferBindingSize } = gpu().device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const before = gpu().stats.liveBytes;
    const tooLarge = (): Tensor => Tensor.empty(gpu(), [limit / 4 + 2 ** 20]);
    expect(tooLarge).toThrow(DeviceError);
    const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    expect(tooLarge).toThrow(`one tensor needs ${mebibytes(limit + 2 ** 22)}`);
    expect(tooLarge).toThrow(`buffers end at ${mebibytes(limit)}`);
    expect(gpu().stats.liveBytes).toBe(before);
  });
});

describe("500 steps of training", () => {
  it("hold the same bytes after each, allocate in the first alone, and lower the loss", async () => {
    const shape = [1, 4, 4, 4];
    const whole = gpu().scope("training");
    const ramp = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
    const x = Tensor.from(gpu(), shape, ramp);
    const goal = Tensor.from(gpu(), shape, ramp.map((value) => value / 2));
    const weight = Tensor.zeros(gpu(), shape).withGrad();
    const step = (): Tensor => {
      using scope = gpu().scope("step");
      const loss = mseLoss(mul(instanceNorm(add(x, x)), weight), goal);
      backward(loss);
      const { grad } = weight;
      if (grad) gpu().run("elementwise/accumulate", { x: grad, y: weight, alpha: -5, size: 16 }, { threads: 16 });
      weight.zeroGrad();
      return scope.keep(loss);
    };
    using first = step();
    const start = gpu().stats;
    for (let i = 1; i < 500; i++) {
      step().release();
      expect(gpu().stats.liveBytes).toBe(start.liveBytes);
    }
    using last = step();
    expect(gpu().stats.pipelines).toBe(start.pipelines);
    // The first loss is still held, so the second step needs one buffer of a scalar more.
    expect(gpu().stats.peakBytes - start.peakBytes).toBeLessThanOrEqual(16);
    expect(await last.item()).toBeLessThan((await first.item()) / 100);
    whole.close();
  });
});

describe("the device", () => {
  it("takes no tensor of another", async () => {
    using other = await openGpu();
    using here = Tensor.from(gpu(), [2], [1, 2], "here");
    using there = Tensor.from(other, [2], [1, 2], "there");
    expect(() => add(here, there)).toThrow(DeviceError);
    expect(() => add(here, there)).toThrow('add: expected tensors of one device, got "here" and "there" of two.');
  });

  it("reports its errors at the next wait, and at every use after that", async () => {
    using other = await openGpu();
    const x = Tensor.zeros(other, [4]);
    other.device.createBuffer({ size: 4, usage: 0 });
    await expect(other.idle()).rejects.toThrow(DeviceError);
    expect(() => add(x, x)).toThrow(DeviceError);
  });

  it("is unusable once disposed", async () => {
    const other = await openGpu();
    const x = Tensor.zeros(other, [4]);
    other.dispose();
    other.dispose();
    expect(() => add(x, x)).toThrow("device: used after dispose(). Await what is under way before it, or open a new one with openGpu().");
    await expect(x.data()).rejects.toThrow(DeviceError);
  });
});
