/** A checkpoints folder of the reference: files of weights such as `latest_net_G_A.pth`, without a config.json. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import { runFolder } from "./folder.js";

const FILE = /^(.+)_net_(\w+)\.(pth|pt|safetensors)$/;
const GENERATORS = { G_A: "AtoB", G_B: "BtoA", G: "single" } as const;

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
  return readdirSync(path).some((name) => (FILE.exec(name)?.[2] ?? "") in GENERATORS);
}

/** The generators of an epoch (a number, or `latest`) in such a folder. Throws a CheckpointError that lists the epochs there are. */
export function referenceGenerators(folder: string, epoch: string): ReferenceGenerators {
  const files = referenceWeights(folder, epoch, Object.keys(GENERATORS));
  return Object.fromEntries(Object.entries(GENERATORS).flatMap(([network, key]) => (files[network] === undefined ? [] : [[key, files[network]]])));
}

/** The files of an epoch for these networks, by network. Throws a CheckpointError that lists the epochs there are if there is none. */
export function referenceWeights(folder: string, epoch: string, networks: readonly string[]): Readonly<Partial<Record<string, string>>> {
  const epochs = new Set<string>();
  const found: Partial<Record<string, string>> = {};
  for (const name of readdirSync(folder).sort()) {
    const [, tag = "", network = ""] = FILE.exec(name) ?? [];
    if (!networks.includes(network)) continue;
    epochs.add(tag);
    if (tag === epoch) found[network] ??= join(folder, name);
  }
  if (Object.keys(found).length > 0) return found;
  const expected = networks.map((network) => `${epoch}_net_${network}.pth`).join(" or ");
  throw new CheckpointError(`${folder}: expected ${expected}, got none. --epoch can be ${[...epochs].join(", ") || "nothing here"}.`);
}
