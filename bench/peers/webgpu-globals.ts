import { env } from "../../src/env.js";
import { findAdapter, openAdapter } from "../../src/driver/dawn.js";

/** Observes how a peer uses its device. */
export interface DeviceProbe {
  readonly adapter: string;
  readonly counts: () => { readonly dispatches: number; readonly submits: number };
  /** Resolves when the device has finished all submitted work. */
  readonly wait: () => Promise<void>;
}

/** Defines `navigator.gpu` as in a browser, with the adapter that our engine uses. Call it before a peer is loaded. */
export async function provideWebGpu(): Promise<DeviceProbe> {
  const found = await findAdapter(env.adapter ?? "auto");
  if (!found) throw new Error("expected a WebGPU adapter, got none. Run it through npm run bench:peers.");
  const { adapter, instance } = await openAdapter(found);
  const devices: GPUDevice[] = [];
  let [dispatches, submits] = [0, 0];

  const requestDevice = adapter.requestDevice.bind(adapter);
  const countingDevice = async (descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> => {
    const device = await requestDevice(descriptor);
    const submit = device.queue.submit.bind(device.queue);
    const counted = (buffers: Iterable<GPUCommandBuffer>): undefined => {
      submits++;
      return submit(buffers);
    };
    Object.defineProperty(device.queue, "submit", { value: counted });
    devices.push(device);
    return device;
  };
  Object.defineProperty(adapter, "requestDevice", { value: countingDevice });

  const pass = GPUComputePassEncoder.prototype;
  const { value: dispatch } = Object.getOwnPropertyDescriptor(pass, "dispatchWorkgroups") ?? {};
  pass.dispatchWorkgroups = function (...sizes) {
    dispatches++;
    Reflect.apply(dispatch, this, sizes);
  };

  const gpu = {
    requestAdapter: () => Promise.resolve(adapter),
    getPreferredCanvasFormat: () => "bgra8unorm",
    wgslLanguageFeatures: instance.wgslLanguageFeatures,
    // Node crashes if the instance is collected before its devices.
    instance,
  };
  Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Node", platform: "Node", gpu }, configurable: true });
  return {
    adapter: `${found.adapter.name} (${found.adapter.backend})`,
    counts: () => ({ dispatches, submits }),
    wait: async () => void (await Promise.all(devices.map((device) => device.queue.onSubmittedWorkDone()))),
  };
}
