import { CheckpointError } from "../errors.js";
import { isPthLegacy, readPthLegacy } from "./pth-legacy.js";
import type { StoredTensor } from "./safetensors.js";

export interface PthFile {
  readonly format: "PyTorch zip" | "PyTorch legacy";
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** "PK" is also how a safetensors file begins whose header has 19,280 bytes. */
const zipMagic = [0x50, 0x4b, 0x03, 0x04];

/** How PyTorch wrote a file; undefined when it did not. */
export function pthFormat(file: Uint8Array): "zip" | "legacy" | undefined {
  if (zipMagic.every((byte, index) => file[index] === byte)) return "zip";
  return isPthLegacy(file) ? "legacy" : undefined;
}

/**
 * The tensors of a file that torch.save wrote, in the zip or the legacy format, without running anything in it.
 *
 * Tensors in nested dicts have the names that lead to them, joined by dots. Throws a CheckpointError that begins with
 * `where` for what is damaged, and for a pickle that names anything but tensors and containers.
 */
export async function readPth(file: Uint8Array, where: string): Promise<PthFile> {
  const format = pthFormat(file);
  if (format === "zip") {
    // Only now, so that a page without a bundler, which finds no package, can use all else.
    const { readPthZip } = await import("./pth-zip.js");
    return { format: "PyTorch zip", tensors: await readPthZip(file, where) };
  }
  if (format === "legacy") return { format: "PyTorch legacy", tensors: readPthLegacy(file, where) };
  throw new CheckpointError(`${where}: expected a file of torch.save, got another. ${otherFormat(file)}`);
}

function otherFormat(file: Uint8Array): string {
  const tar = new TextDecoder().decode(file.subarray(257, 262)) === "ustar";
  if (tar || /^(?:sys_info|pickle|storages|tensors)\0/.test(new TextDecoder().decode(file.subarray(0, 12)))) {
    return "PyTorch before 0.2 wrote tar archives; load and save it with a newer one.";
  }
  return file[0] === 0x80 ? "It is a pickle, but not one of PyTorch's." : "It is cut short or of another format.";
}
