/** The option that names a trained model. */
import { shippedNames } from "../../run/shipped.js";

export const modelFlag = "--model <run>";

/** What --model takes. `file`: what a file of weights must hold. */
export function modelHelp(file: string): string {
  return `folder of a run, such as runs/zebra, or of the reference's checkpoints; a .pth or .safetensors file of ${file}; or a generator that comes with this package: ${shippedNames().join(", ")}`;
}
