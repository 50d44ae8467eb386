/** TensorFlow.js, loaded once there is WebGPU: it looks for it while it is loaded. */
import type * as TensorFlow from "@tensorflow/tfjs-core";
import { provideWebGpu } from "../webgpu-globals.js";

export const probe = await provideWebGpu();
export const tf: typeof TensorFlow = await import("@tensorflow/tfjs-core");
export const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
// Brings the gradients of the operations with it.
await import("@tensorflow/tfjs-layers");
