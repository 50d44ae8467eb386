/** Short trainings whose losses and weights are recorded in golden.json, to show that a refactoring changes no bit. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readWeightBytes, train, type TrainConfig } from "../../src/node.js";
import { driverOf } from "./driver-of.js";

const STEPS = 60;

/** Common to all: small networks and images, and no saves before the end. */
const tiny: Partial<TrainConfig> = {
  loadSize: 28, cropSize: 24, ngf: 8, ndf: 8, nBlocks: 2, numThreads: 0, saveEpochFreq: 1000, displayFreq: 1000, printFreq: 5,
};

/** An epoch has six steps, or three of two images; in the second half of each training the learning rate falls. */
export const configurations = {
  defaults: { nEpochs: 5, nEpochsDecay: 5 },
  vanilla: {
    ganMode: "vanilla", norm: "batch", lambdaIdentity: 0, poolSize: 0, netD: "pixel", direction: "BtoA", batchSize: 2, printFreq: 10,
    cropSize: 16, loadSize: 20, nEpochs: 10, nEpochsDecay: 10,
  },
  smallData: {
    ema: 0.9, diffaugment: "color,translation,cutout", spectralNorm: true, upsample: "resize-conv", checkpointActivations: true,
    dWarmup: 6, identityEpochs: 8, netD: "n_layers", nLayersD: 2, nBlocks: 1, cropSize: 16, loadSize: 20, poolSize: 4,
    nEpochs: 5, nEpochsDecay: 5,
  },
} as const satisfies Readonly<Record<string, Partial<TrainConfig>>>;

export type ConfigurationName = keyof typeof configurations;
export const configurationNames = Object.keys(configurations) as ConfigurationName[];

/** What a line of log.jsonl says, its timings left out. */
export const columns = ["step", "epoch", "lr", "D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B"] as const;

/** What a training left. */
export interface GoldenRun {
  /** Of each line of log.jsonl the values of `columns`. */
  readonly losses: readonly (readonly number[])[];
  /** SHA-256 of the tensors of each file of weights. */
  readonly weights: Readonly<Record<string, string>>;
}

/** What a training left, and on which driver. */
export interface GoldenOutcome {
  readonly driver: string;
  readonly run: GoldenRun;
}

/** Trains on the data set in `<folder>/data`; the run is `<folder>/<name>`. */
export async function trainGolden(folder: string, name: ConfigurationName): Promise<GoldenOutcome> {
  const where: Partial<TrainConfig> = { dataroot: join(folder, "data"), runsDir: folder, name };
  const { run, steps } = await train({ ...tiny, ...configurations[name], ...where });
  if (steps !== STEPS) throw new Error(`${name}: expected ${STEPS} steps, got ${steps}.`);
  return { driver: driverOf(run), run: { losses: readLosses(run), weights: await readDigests(join(run, "checkpoints")) } };
}

function readLosses(run: string): number[][] {
  const lines = readFileSync(join(run, "log.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const entry = JSON.parse(line) as Readonly<Record<string, number>>;
    return columns.map((column) => entry[column] ?? Number.NaN);
  });
}

/** Of the weights only: moments and pools, which the checkpoints to resume from add, show in the weights a step later. */
async function readDigests(checkpoints: string): Promise<Record<string, string>> {
  const files = readdirSync(checkpoints).filter((file) => file.endsWith(".safetensors")).sort();
  if (files.length < 4) throw new Error(`${checkpoints}: expected the weights of four networks, got ${files.join(", ")}.`);
  const digests: Record<string, string> = {};
  for (const file of files) digests[file] = await digest(join(checkpoints, file));
  return digests;
}

/** Over names, shapes and bytes of a file's tensors, in the order of their names: what else the file holds does not count. */
async function digest(path: string): Promise<string> {
  const { tensors } = await readWeightBytes(readFileSync(path), path);
  const hash = createHash("sha256");
  for (const name of [...tensors.keys()].sort()) {
    const tensor = tensors.get(name);
    hash.update(JSON.stringify([name, tensor?.dtype, tensor?.shape])).update(tensor?.bytes ?? "");
  }
  return hash.digest("hex");
}
