/** Which directions of translation a file of weights has. */
import type { StoredTensor } from "../../io/safetensors.js";
import { recogniseGenerator, type Direction } from "../../models/networks/recognise-generator.js";

const all: readonly Direction[] = ["AtoB", "BtoA"];

/**
 * The directions for which a file has a generator: both if it has G_A and G_B, one if its only generator is named for it or for
 * none. Throws a CheckpointError as `recogniseGenerator` if there is no generator.
 */
export function directionsIn(tensors: ReadonlyMap<string, StoredTensor>, name: string): readonly [Direction, ...Direction[]] {
  const prefixes = new Map<string, Direction>();
  let refused: unknown;
  for (const direction of all) {
    try {
      const { prefix } = recogniseGenerator(tensors, name, direction);
      if (!prefixes.has(prefix)) prefixes.set(prefix, direction);
    } catch (error) {
      refused ??= error;
    }
  }
  const [first, ...more] = prefixes.values();
  if (first === undefined) throw refused;
  return [first, ...more];
}
