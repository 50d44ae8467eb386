/** What `openGpu` of the browser entry says when there is no device, with a `navigator` of our own. */
import { create, globals } from "webgpu";
import { afterEach, expect, test, vi } from "vitest";
import { openGpu } from "../../src/browser.js";
import { findAdapter } from "../../src/driver/dawn.js";
import { DeviceError } from "../../src/errors.js";
import { add } from "../../src/ops/elementwise/add.js";
import { Tensor } from "../../src/tensor/tensor.js";

afterEach(() => vi.unstubAllGlobals());

async function failure(): Promise<unknown> {
  return openGpu().then(() => undefined, (error: unknown) => error);
}

test("a page that is not secure is told which addresses are", async () => {
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("isSecureContext", false);
  expect(await failure()).toBeInstanceOf(DeviceError);
  expect(String(await failure())).toMatch(/expected a page over https or from this machine, .* https:\/\/ or http:\/\/localhost\.$/);
});

test("a browser without WebGPU is told which have it", async () => {
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("isSecureContext", true);
  expect(await failure()).toBeInstanceOf(DeviceError);
  expect(String(await failure())).toMatch(/expected a browser with WebGPU, .* Use Chrome or Edge 113, Safari 26, .* On Linux, turn on chrome:/);
});

test("a browser without an adapter is told to turn acceleration on", async () => {
  const requestAdapter = vi.fn<(options: GPURequestAdapterOptions) => Promise<null>>(async () => null);
  vi.stubGlobal("navigator", { gpu: { requestAdapter } });
  expect(await failure()).toBeInstanceOf(DeviceError);
  expect(String(await failure())).toMatch(/expected a WebGPU adapter, got none\. Turn hardware acceleration on/);
  expect(requestAdapter).toHaveBeenCalledWith({ powerPreference: "high-performance" });
});

test("an adapter that refuses its device is named, with what was asked", async () => {
  const requestDevice = (): Promise<never> => Promise.reject(new TypeError("out of memory"));
  const adapter = { features: new Set(), limits: { maxBufferSize: 7 }, info: { vendor: "acme", device: "", description: "Acme 3000" }, requestDevice };
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });
  expect(await failure()).toBeInstanceOf(DeviceError);
  expect(String(await failure())).toMatch(/device: Acme 3000 refused .*"maxBufferSize":7.*: TypeError: out of memory\.$/);
});

test("a device that is lost says so, and that openGpu opens a new one, which works", async () => {
  // As in a browser, except that Dawn is the one of Node.
  Object.assign(globalThis, globals);
  await findAdapter("auto");
  vi.stubGlobal("navigator", { gpu: create([]) });
  using gpu = await openGpu();
  const x = Tensor.from(gpu, [2], [1, 2]);
  gpu.device.destroy();
  await expect(x.data()).rejects.toThrow(/^device: lost \(destroyed\)\. Everything on it is gone\. Open a new one with openGpu\(\)\./);
  using again = await openGpu();
  const y = Tensor.from(again, [2], [1, 2]);
  expect([...(await add(y, y).data())]).toEqual([2, 4]);
});
