/** Files of weights from the disk. */
import { readFileSync, statSync } from "node:fs";
import { CheckpointError } from "../errors.js";
import { readWeightBytes, type WeightFile } from "./read-weight-bytes.js";
import { FLOAT_TYPES, loadFloat32, storeFloat32, type StoredTensor } from "./safetensors.js";

/** About twenty times the weights of a generator of ngf 64. A process has memory for several of these. */
const FILE_LIMIT = 2 ** 30;

/**
 * `readWeightBytes` of a file. Throws a CheckpointError that names the file and the reason: missing, larger than 1 GiB,
 * damaged or refused.
 */
export async function readWeightFile(path: string): Promise<WeightFile> {
  return readWeightBytes(readBytes(path), path);
}

/** As `readWeightFile`, with floats of all types rounded to float32. Other types, such as those of counters, are unchanged. */
export async function readWeights(path: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const { tensors } = await readWeightFile(path);
  return new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor, `${path}: ${name}`)]));
}

function toFloat32(tensor: StoredTensor, where: string): StoredTensor {
  return tensor.dtype === "F32" || !FLOAT_TYPES.has(tensor.dtype) ? tensor : storeFloat32(tensor.shape, loadFloat32(tensor, where));
}

function readBytes(path: string): Uint8Array {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) throw new CheckpointError(`${path}: expected a file of weights, got nothing of that name.`);
    if (!found.isFile()) throw new CheckpointError(`${path}: expected a file of weights, got ${found.isDirectory() ? "a folder" : "none"}.`);
    if (found.size > FILE_LIMIT) {
      throw new CheckpointError(`${path}: expected a file of at most ${FILE_LIMIT} bytes, got ${found.size}. Save only the networks' weights.`);
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(`${path}: expected a readable file of weights, got an error (${reason}).`);
  }
}
