import { afterEach, expect, it, vi } from "vitest";
import { findAdapter, openAdapter } from "../../src/driver/dawn.js";
import { Gpu } from "../../src/gpu/gpu.js";
import { openGpu } from "../../src/open-gpu.js";
import { Tensor } from "../../src/tensor/tensor.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("DEBUG=2 prints a line for every dispatch, however many there are between two waits", async (context) => {
  vi.stubEnv("DEBUG", "2");
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  using gpu = await openGpu();
  if (!gpu.device.features.has("timestamp-query")) return context.skip();
  using x = Tensor.zeros(gpu, [4]);
  using y = Tensor.zeros(gpu, [4]);
  for (const count of [3000, 5]) {
    await gpu.idle();
    printed.mockClear();
    for (let i = 0; i < count; i++) gpu.run("elementwise/accumulate", { x, y, alpha: 1, size: 1 }, { threads: 1 });
    await gpu.idle();
    const lines = printed.mock.calls.filter(([line]) => String(line).includes("µs  elementwise/accumulate"));
    expect(lines.length).toBe(count);
  }
});

it("DEBUG=2 says so on a device without timestamps", async () => {
  vi.stubEnv("DEBUG", "2");
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const found = await findAdapter("auto");
  if (!found) return expect.fail("no adapter");
  const { adapter, instance } = await openAdapter(found);
  const { limits, info } = adapter;
  const requestDevice = (descriptor: GPUDeviceDescriptor): Promise<GPUDevice> => adapter.requestDevice(descriptor);
  const plain = { limits, info, features: new Set(), requestDevice } as unknown as GPUAdapter;
  using gpu = await Gpu.create(plain, { keepAlive: instance });
  expect(printed.mock.calls.flat()).toContain("DEBUG=2: this device has no timestamps, so its dispatches are not listed");
  expect(gpu.queue.timer).toBeUndefined();
});
