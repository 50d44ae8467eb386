/** TensorFlow.js with its WebGPU backend. It looks for WebGPU while it loads. */
import * as tf from "@tensorflow/tfjs-core";
// This import registers the gradients of the operations.
import "@tensorflow/tfjs-layers";

export { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
export { tf };
