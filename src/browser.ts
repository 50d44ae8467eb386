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

/** Opens the browser's WebGPU adapter, the fastest it offers. Throws DeviceError when it has none. */
export async function openGpu(): Promise<Gpu> {
  if (!("gpu" in navigator)) {
    throw new DeviceError(
      "openGpu: expected a browser with WebGPU, got one without. Update it, and open the page over https or localhost.",
    );
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new DeviceError(
      "openGpu: expected a WebGPU adapter, got none. Turn hardware acceleration on in the browser's settings.",
    );
  }
  return Gpu.create(adapter);
}
