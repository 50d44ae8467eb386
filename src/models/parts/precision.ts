/** `--precision`: how activations are stored. */
import type { DType } from "../../dtype.js";
import { DeviceError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";

export const precisions = ["f32", "f16"] as const;
export type Precision = (typeof precisions)[number];

/** The type of activations. Throws DeviceError if the device does not have it. */
export function activationsOf(gpu: Gpu, precision: Precision): DType {
  if (precision === "f32") return "float32";
  if (gpu.hasHalf) return "float16";
  throw new DeviceError("--precision f16: expected an adapter with shader-f16, got one without. Use --precision f32, or another --adapter.");
}
