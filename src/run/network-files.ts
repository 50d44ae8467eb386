/** The files of weights in a folder: of a run, or of the reference's checkpoints. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import { readRunConfig, runFolder } from "./folder.js";

const FILE = /^(.+)_net_(\w+)\.(pth|pt|safetensors)$/;
const GENERATORS = { G_A: "AtoB", G_B: "BtoA", G: "single" } as const;

/** The files of generators of one epoch. */
export interface ReferenceGenerators {
  readonly AtoB?: string;
  readonly BtoA?: string;
  /** The file of a single generator, `<epoch>_net_G.pth`, whose direction its name does not say. */
  readonly single?: string;
}

/** Whether a path is a checkpoints folder of the reference: files such as `latest_net_G_A.pth`, and no config.json. */
export function isReferenceFolder(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory() || existsSync(runFolder(path).config)) return false;
  return readdirSync(path).some((name) => (FILE.exec(name)?.[2] ?? "") in GENERATORS);
}

/** The generators of an epoch (a number, or `latest`) in a checkpoints folder of the reference. Throws as `networkFiles`. */
export function referenceGenerators(folder: string, epoch: string): ReferenceGenerators {
  const files = networkFiles(folder, epoch, Object.keys(GENERATORS));
  return Object.fromEntries(Object.entries(GENERATORS).flatMap(([network, key]) => (files[network] === undefined ? [] : [[key, files[network]]])));
}

/**
 * The files of an epoch, by network in the order of names: of a run, or of a checkpoints folder of the reference. `networks`: only
 * these.
 *
 * Throws a CheckpointError for another folder, and for an epoch that is not there, with those that are.
 */
export function networkFiles(path: string, epoch: string, networks?: readonly string[]): Readonly<Partial<Record<string, string>>> {
  const folder = isReferenceFolder(path) ? path : checkpointsOf(path);
  const epochs = new Set<string>();
  const found: Partial<Record<string, string>> = {};
  // A .safetensors file follows the same network's .pth file and takes its place.
  for (const name of readdirSync(folder).sort()) {
    const [, tag = "", network = ""] = FILE.exec(name) ?? [];
    if (tag === "" || !(networks?.includes(network) ?? true)) continue;
    epochs.add(tag);
    if (tag === epoch) found[network] = join(folder, name);
  }
  if (Object.keys(found).length > 0) return found;
  const expected = networks ? networks.map((network) => `${epoch}_net_${network}.pth`).join(" or ") : `weights of epoch ${epoch}`;
  const advice = epochs.size > 0 ? `--epoch can be ${[...epochs].join(", ")}.` : "There are no weights yet.";
  throw new CheckpointError(`${folder}: expected ${expected}, got none. ${advice}`);
}

function checkpointsOf(run: string): string {
  readRunConfig(run);
  return runFolder(run).checkpoints;
}
