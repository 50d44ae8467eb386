import { env } from "../../src/env.js";
import { findAdapter, openAdapter } from "../../src/driver/dawn.js";
import { probeDevices, type DeviceProbe } from "./device-probe.js";

/**
 * Defines `navigator.gpu` as in a browser, with the adapter that our engine uses, and returns its name. Call it before a peer is
 * loaded, because peers look for WebGPU then.
 */
export async function provideWebGpu(): Promise<readonly [probe: DeviceProbe, adapter: string]> {
  const found = await findAdapter(env.adapter ?? "auto");
  if (!found) throw new Error("expected a WebGPU adapter, got none. Run it through npm run bench:peers.");
  const { adapter, instance } = await openAdapter(found);
  const gpu = {
    requestAdapter: () => Promise.resolve(adapter),
    getPreferredCanvasFormat: () => "bgra8unorm",
    wgslLanguageFeatures: instance.wgslLanguageFeatures,
    // Node crashes if the instance is collected before its devices.
    instance,
  };
  Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Node", platform: "Node", gpu }, configurable: true });
  return [probeDevices(), `${found.adapter.name} (${found.adapter.backend})`];
}
