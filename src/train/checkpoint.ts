import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import { exportWeights, importWeights } from "../io/weights.js";
import type { WeightModule } from "../io/weights.js";

type GeneratorName = "G_A" | "G_B" | "G_A_ema" | "G_B_ema";

/** The generator of a run that translates A → B, or else B → A: its average where the run has one. */
export function generatorName({ ema }: { readonly ema: number }, forwards: boolean): GeneratorName {
  if (ema > 0) return forwards ? "G_A_ema" : "G_B_ema";
  return forwards ? "G_A" : "G_B";
}

/** The weights of one network: `tag` is `latest` or an epoch's number, as in the reference, or `best` on held-out images. */
function weightsPath(folder: string, tag: string, network: string): string {
  return join(folder, `${tag}_net_${network}.safetensors`);
}

/**
 * Writes the weights of all networks under every tag.
 *
 * All files are complete on the disk before the first takes its final name, so that a crash leaves the older set.
 */
export async function saveWeights(
  folder: string,
  tags: readonly string[],
  networks: Readonly<Record<string, WeightModule>>,
): Promise<void> {
  const written: string[] = [];
  try {
    for (const [network, module] of Object.entries(networks)) {
      const file = writeSafetensors(await exportWeights(module));
      for (const tag of tags) {
        const path = weightsPath(folder, tag, network);
        written.push(path);
        writeFileSync(`${path}.partial`, file, { flush: true });
      }
    }
    for (const path of written) renameSync(`${path}.partial`, path);
  } catch (error) {
    for (const path of written) rmSync(`${path}.partial`, { force: true });
    throw error;
  }
}

/** The file that `loadWeights` would read; throws a CheckpointError when there is none, and says which there are. */
export function findWeights(folder: string, tag: string, network: GeneratorName): string {
  const name = weightsPath("", tag, network);
  const found = listFiles(folder);
  if (found.includes(name)) return join(folder, name);
  const suffix = weightsPath("", "", network);
  const tags = found.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  throw new CheckpointError(
    `${folder}: expected the weights ${name}, got none. ` +
      (tags.length > 0 ? `--epoch can be ${tags.join(", ")}.` : "The run has not saved weights yet; train it first."),
  );
}

/** Overwrites a network's parameters with those of a weights file. */
export function loadWeights(path: string, module: WeightModule): void {
  importWeights(module, readSafetensors(readFileSync(path), path), path);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
