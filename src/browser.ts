import { DeviceError } from "./errors.js";
import { Gpu } from "./gpu/gpu.js";

export * from "./index.js";
export {
  fromImageData,
  toImageData,
  type CanvasImageData,
  type CanvasPixels,
  type FromImageDataOptions,
} from "./data/image-data.js";

/** Throws a DeviceError that says why there is no `navigator.gpu`. */
function requireWebGpu(): void {
  if ("gpu" in navigator) return;
  if ("isSecureContext" in globalThis && !isSecureContext) {
    throw new DeviceError(
      "openGpu: expected a page over https or from this machine, got another, for which browsers have no WebGPU. " +
        "Open it with an address that begins with https:// or http://localhost.",
    );
  }
  throw new DeviceError(
    "openGpu: expected a browser with WebGPU, got one without, or with WebGPU turned off. " +
      "Use Chrome or Edge 113, Safari 26, Firefox 141 (on Windows), or a newer one. " +
      "On Linux, turn on chrome://flags/#enable-unsafe-webgpu and chrome://flags/#enable-vulkan.",
  );
}

/**
 * Opens the browser's WebGPU adapter, the fastest it offers. Works in pages and in workers.
 *
 * Throws DeviceError if the browser has no WebGPU or offers no adapter, and says what to do. If the device is lost later, everything
 * on it throws a DeviceError, and `openGpu` opens a new one.
 */
export async function openGpu(): Promise<Gpu> {
  requireWebGpu();
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new DeviceError(
      "openGpu: expected a WebGPU adapter, got none. Turn hardware acceleration on in the browser's settings, and update the driver of " +
        "the GPU. On Linux, also turn on chrome://flags/#enable-unsafe-webgpu and chrome://flags/#enable-vulkan.",
    );
  }
  return Gpu.create(adapter);
}
