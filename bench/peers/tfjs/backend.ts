/** Loads TensorFlow.js after WebGPU is provided, because it looks for WebGPU while it loads. */
import type * as TensorFlow from "@tensorflow/tfjs-core";
import { provideWebGpu } from "../webgpu-globals.js";

export const probe = await provideWebGpu();
export const tf: typeof TensorFlow = await import("@tensorflow/tfjs-core");
export const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
// This import registers the gradients of the operations.
await import("@tensorflow/tfjs-layers");
