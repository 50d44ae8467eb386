/** Which directions of translation a file of weights has. */
import { UsageError } from "../../errors.js";
import type { StoredTensor } from "../../io/safetensors.js";
import { isFcn, type GeneratorOptions } from "../../models/networks/generator.js";
import { recogniseGenerator, type Direction } from "../../models/networks/recognise-generator.js";

const all: readonly Direction[] = ["AtoB", "BtoA"];

/** Throws a UsageError unless a browser can read the generator's pictures and show what it makes of them. */
function checkChannels(generator: GeneratorOptions, name: string): void {
  const { inputNc, outputNc } = generator;
  const wrong = [inputNc, ...(isFcn(generator) ? [] : [outputNc])].find((channels) => channels !== 1 && channels !== 3);
  if (wrong === undefined) return;
  throw new UsageError(`${name}: this page translates gray and RGB pictures, not images of ${wrong} channels. Use "cyclegan translate".`);
}

/**
 * The directions for which a file has a generator: both if it has G_A and G_B, one if its only generator is named for it or for
 * none. Throws a CheckpointError as `recogniseGenerator` if there is no generator, a UsageError for one of other images than pictures.
 */
export function directionsIn(tensors: ReadonlyMap<string, StoredTensor>, name: string): readonly [Direction, ...Direction[]] {
  const prefixes = new Map<string, Direction>();
  let refused: unknown;
  for (const direction of all) {
    try {
      const { prefix, generator } = recogniseGenerator(tensors, name, direction);
      checkChannels(generator, name);
      if (!prefixes.has(prefix)) prefixes.set(prefix, direction);
    } catch (error) {
      refused ??= error;
    }
  }
  const [first, ...more] = prefixes.values();
  if (first === undefined) throw refused;
  return [first, ...more];
}
