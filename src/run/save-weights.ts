import { weightWriter } from "../models/networks/write-weight-bytes.js";
import { exportWeights, type WeightModule } from "../io/weights.js";
import { writeFileWhole } from "../io/files.js";

/**
 * Writes a network's weights to a file, in the format that its name ends in: see `writeWeightBytes`. A file of that name
 * is replaced once the new one is whole.
 *
 * Throws a UsageError for another ending, a CheckpointError for .onnx of anything but a generator or a file that cannot be
 * written.
 */
export async function saveWeights(path: string, network: WeightModule): Promise<void> {
  const write = weightWriter(path);
  writeFileWhole(path, await write(await exportWeights(network), path));
}
