/** A checkpoints folder of the reference: files of weights such as `latest_net_G_A.pth`, without a config.json. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import { runFolder } from "./folder.js";

const FILE = /^(.+)_net_(G|G_A|G_B)\.(pth|pt|safetensors)$/;

/** The files of generators of one epoch. */
export interface ReferenceGenerators {
  readonly AtoB?: string;
  readonly BtoA?: string;
  /** The file of a single generator, `<epoch>_net_G.pth`, whose direction its name does not say. */
  readonly single?: string;
}

/** Whether a path is a checkpoints folder of the reference. */
export function isReferenceFolder(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory() || existsSync(runFolder(path).config)) return false;
  return readdirSync(path).some((name) => FILE.test(name));
}

/** The generators of an epoch (a number, or `latest`) in such a folder. Throws a CheckpointError that lists the epochs there are. */
export function referenceGenerators(folder: string, epoch: string): ReferenceGenerators {
  const keys = { G_A: "AtoB", G_B: "BtoA", G: "single" } as const;
  const epochs = new Set<string>();
  const found: Partial<Record<"AtoB" | "BtoA" | "single", string>> = {};
  for (const name of readdirSync(folder).sort()) {
    const [, tag = "", network] = FILE.exec(name) ?? [];
    if (network !== "G" && network !== "G_A" && network !== "G_B") continue;
    epochs.add(tag);
    if (tag === epoch) found[keys[network]] ??= join(folder, name);
  }
  if (Object.keys(found).length > 0) return found;
  throw new CheckpointError(`${folder}: expected ${epoch}_net_G_A.pth or ${epoch}_net_G.pth, got none. --epoch can be ${[...epochs].join(", ")}.`);
}
