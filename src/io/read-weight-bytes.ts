/** Files of weights from memory, told apart by their content, not by their names. */
import { CheckpointError } from "../errors.js";
import { foreignKind } from "./foreign-file.js";
import { pthFormat, readPth, type PthFile } from "./pth.js";
import { readSafetensors, type StoredTensor } from "./safetensors.js";

/** A file's tensors as they are stored. */
export interface WeightFile {
  readonly format: "safetensors" | PthFile["format"];
  readonly bytes: number;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Reads the bytes of a .safetensors file, or of a .pth of any PyTorch since 0.2. Runs nothing in the file.
 *
 * `path` is for messages. Throws a CheckpointError that begins with it and says whether the file is damaged or refused.
 */
export async function readWeightBytes(file: Uint8Array, path: string): Promise<WeightFile> {
  const foreign = foreignKind(file);
  if (foreign) throw new CheckpointError(`${path}: expected PyTorch's .pth or .safetensors, got ${foreign.kind}. ${foreign.advice}`);
  const isPth = pthFormat(file) !== undefined || (!isSafetensors(file) && /\.pth?$/i.test(path));
  const read = isPth ? await readPth(file, path) : ({ format: "safetensors", tensors: readSafetensors(file, path) } as const);
  return { ...read, bytes: file.length };
}

/** The header of a safetensors file is 8 bytes with its length, then a JSON object. */
function isSafetensors(file: Uint8Array): boolean {
  return file[8] === 0x7b;
}
