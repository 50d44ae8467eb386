import { describe, expect, it } from "vitest";
import { DeviceError } from "../../src/errors.js";
import { Gpu } from "../../src/gpu/gpu.js";
import { defaultOptions } from "../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../src/models/cyclegan/trainer.js";
import { openGpu } from "../../src/open-gpu.js";
import { add } from "../../src/ops/elementwise/add.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { inChildProcess } from "./child-process.js";

const lost = /^device: lost \(destroyed\)\. Everything on it is gone\. Open a new one with openGpu\(\)/;
const disposed = "device: used after dispose(). Await what is under way before it, or open a new one with openGpu().";

/** A DeviceError of this message, from a promise. */
async function expectFailure(promise: Promise<unknown>, message: RegExp | string): Promise<void> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(DeviceError);
  expect(() => {
    throw failure;
  }).toThrow(message);
}

/** Everything a user can do with a device and a tensor on it, each refused with this message. */
async function expectUnusable(gpu: Gpu, x: Tensor, message: RegExp | string): Promise<void> {
  const { dispatches, submits } = gpu.stats;
  const uses = [
    () => add(x, x),
    () => Tensor.from(gpu, [2], [1, 2]),
    () => Tensor.zeros(gpu, [2]),
    () => Tensor.empty(gpu, [2]),
    () => x.write([1, 2, 3, 4]),
  ];
  for (const use of uses) {
    expect(use).toThrow(DeviceError);
    expect(use).toThrow(message);
  }
  await expectFailure(x.data(), message);
  await expectFailure(gpu.idle(), message);
  expect(gpu.stats).toMatchObject({ dispatches, submits });
}

describe.each([
  ["lost", lost, lost, (gpu: Gpu): void => gpu.device.destroy()],
  ["disposed", "device: disposed before it had finished.", disposed, (gpu: Gpu): void => gpu.dispose()],
] as const)("a device that is %s", (_, interrupted, message, end) => {
  it("rejects what is pending and refuses all that follows", async () => {
    const gpu = await openGpu();
    const x = Tensor.from(gpu, [4], [1, 2, 3, 4]);
    const y = add(x, x);
    const pending = [x.data(), y.data(), y.data(), gpu.idle()];
    end(gpu);
    await Promise.all(pending.map((promise) => expectFailure(promise, interrupted)));
    await expectUnusable(gpu, x, message);
    for (const tensor of [x, y]) tensor.release();
    expect(gpu.stats.liveBytes).toBe(0);
    gpu.dispose();
  });

  it("rejects a training step under way and the next one", async () => {
    const gpu = await openGpu();
    const options = { ...defaultOptions, ngf: 4, ndf: 4, nBlocks: 1, netD: "pixel" } as const;
    const trainer = new CycleGANTrainer(gpu, options, new Random(1));
    const image = { shape: [1, 8, 8, 3], data: new Float32Array(192).fill(0.5) } as const;
    const losses = trainer.step({ A: image, B: image }).then(() => trainer.losses());
    end(gpu);
    await expectFailure(losses, message);
    await expectFailure(trainer.step({ A: image, B: image }), message);
    trainer.dispose();
    gpu.dispose();
  });
});

it("a lost device leaves alone the others of the process", async () => {
  using first = await openGpu();
  using second = await openGpu();
  first.device.destroy();
  await first.device.lost;
  using x = Tensor.from(second, [2], [1, 2]);
  using y = add(x, x);
  expect([...(await y.data())]).toEqual([2, 4]);
});

it("a process outlives its device, and can open another", async () => {
  const { code, stdout } = await inChildProcess(`
    const x = lib.Tensor.zeros(gpu, [1024]);
    const pending = x.data().catch((error) => console.log(error.name));
    gpu.device.destroy();
    await pending;
    try { lib.add(x, x); } catch (error) { console.log(error.name); }
    const another = await lib.openGpu();
    const y = lib.Tensor.from(another, [2], [3, 4]);
    console.log((await y.data()).join());
    another.dispose();
  `);
  expect(stdout).toBe("DeviceError\nDeviceError\n3,4\n");
  expect(code).toBe(0);
});

it("an adapter that refuses a device is named, with what was asked of it", async () => {
  const refused = new TypeError("limits above the adapter's");
  const refusing = {
    info: { description: "Tiny GPU" },
    features: new Set(["timestamp-query"]),
    limits: { maxBufferSize: 2 ** 40, maxStorageBufferBindingSize: 16 },
    requestDevice: (): Promise<never> => Promise.reject(refused),
  } as unknown as GPUAdapter;
  const opened = Gpu.create(refusing);
  await expectFailure(opened, /^device: Tiny GPU refused .*"timestamp-query".*"maxBufferSize":1099511627776/);
  await expectFailure(opened, /: TypeError: limits above the adapter's/);
});
