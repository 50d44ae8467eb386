import { CheckpointError } from "../errors.js";
import { isPthLegacy, readPthLegacy } from "./pth-legacy.js";
import type { StoredTensor } from "./safetensors.js";

export interface PthFile {
  readonly format: "PyTorch zip" | "PyTorch legacy";
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** A safetensors file whose header has 19,280 bytes also begins with "PK". */
const zipMagic = [0x50, 0x4b, 0x03, 0x04];

/** The format in which PyTorch wrote a file; undefined if it is none of PyTorch's. */
export function pthFormat(file: Uint8Array): "zip" | "legacy" | undefined {
  if (zipMagic.every((byte, index) => file[index] === byte)) return "zip";
  return isPthLegacy(file) ? "legacy" : undefined;
}

/**
 * The tensors of a file that torch.save wrote, in the zip or the legacy format. Runs nothing in the file.
 *
 * The name of a tensor in nested dicts is the path of keys, joined by dots. Throws a CheckpointError that begins with `where`
 * for a damaged file, and for a pickle that names anything but tensors and containers.
 */
export async function readPth(file: Uint8Array, where: string): Promise<PthFile> {
  const format = pthFormat(file);
  if (format === "zip") {
    // Imported only when needed: a page without a bundler cannot resolve the package, but can use everything else.
    const { readPthZip } = await import("./pth-zip.js");
    return { format: "PyTorch zip", tensors: await readPthZip(file, where) };
  }
  if (format === "legacy") return { format: "PyTorch legacy", tensors: readPthLegacy(file, where) };
  const reason = file[0] === 0x80 ? "It is a pickle, but not one of PyTorch's." : "It is cut short or of another format.";
  throw new CheckpointError(`${where}: expected a file of torch.save, got another. ${reason}`);
}
