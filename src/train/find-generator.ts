import { statSync } from "node:fs";
import type { Channels } from "../data/image.js";
import { CheckpointError, UsageError } from "../errors.js";
import { explainDifferences } from "../io/differences.js";
import { readWeightFile } from "../io/read-weights.js";
import { describeNetwork, recognise, type RecognisedNetwork } from "../io/recognise.js";
import type { GeneratorOptions } from "../models/cyclegan/generator.js";
import { findWeights, generatorName } from "./checkpoint.js";
import type { TrainConfig } from "./config.js";
import { readRunConfig, runFolder } from "./run-folder.js";

export interface FoundGenerator {
  readonly generator: GeneratorOptions & Pick<TrainConfig, "inputNc" | "outputNc">;
  /** A file. */
  readonly weights: string;
  /** Stands in front of the names of the generator's tensors in that file. */
  readonly prefix: string;
}

interface ModelOptions {
  /** A run's folder, or a file of weights. */
  readonly model: string;
  readonly direction: "AtoB" | "BtoA";
  readonly epoch?: string;
}

/** The generator that translates in the direction asked for. Throws a CheckpointError where there is none or not one. */
export async function findGenerator(options: ModelOptions): Promise<FoundGenerator> {
  const { epoch = "latest" } = options;
  if (!/^\w+$/.test(epoch)) throw new UsageError(`--epoch: expected a number, latest or best, got "${epoch}".`);
  return statSync(options.model, { throwIfNoEntry: false })?.isFile() ? generatorInFile(options) : generatorOfRun(options, epoch);
}

function generatorOfRun({ model, direction }: ModelOptions, epoch: string): FoundGenerator {
  const config = readRunConfig(model);
  // A run trained with BtoA has B in the place of A.
  const forwards = direction === config.direction;
  const weights = findWeights(runFolder(model).checkpoints, epoch, generatorName(config, forwards));
  const { ngf, nBlocks, norm, upsample } = config;
  const [inputNc, outputNc] = forwards ? [config.inputNc, config.outputNc] : [config.outputNc, config.inputNc];
  return { generator: { inputNc, outputNc, ngf, nBlocks, norm, upsample }, weights, prefix: "" };
}

async function generatorInFile({ model, direction, epoch = "latest" }: ModelOptions): Promise<FoundGenerator> {
  if (epoch !== "latest") throw new UsageError(`--epoch: expected the folder of a run as --model with it, got the file ${model}.`);
  const { prefix, network, ...differences } = onlyGenerator((await readWeightFile(model)).tensors, direction, model);
  const odd = explainDifferences(differences);
  if (network.kind !== "generator") {
    throw new CheckpointError(`${model}: expected the weights of a generator, got ${describeNetwork(network)}.`);
  }
  if (odd !== undefined) throw new CheckpointError(`${model}: expected the weights of ${describeNetwork(network)}, got others: ${odd}`);
  const { inputNc, outputNc } = network.sizes;
  if (isChannels(inputNc) && isChannels(outputNc)) return { generator: { ...network.sizes, inputNc, outputNc }, weights: model, prefix };
  throw new CheckpointError(`${model}: expected a generator of images of 1 or 3 channels, got one from ${inputNc} to ${outputNc}.`);
}

function isChannels(count: number): count is Channels {
  return count === 1 || count === 3;
}

type Tensors = Parameters<typeof recognise>[0];

/** The one generator of a file, or of several the one that is named for the direction, as G_A or netG_B. */
function onlyGenerator(tensors: Tensors, direction: string, where: string): RecognisedNetwork<{ readonly shape: readonly number[] }> {
  const { networks } = recognise(tensors);
  const generators = networks.filter(({ network }) => network.kind === "generator");
  const wanted = direction === "AtoB" ? "G_A" : "G_B";
  const named = generators.filter(({ prefix }) => prefix.includes(wanted));
  const [found, ...more] = named.length > 0 ? named : generators.length > 0 ? generators : networks;
  if (found && more.length === 0) return found;
  if (!found) throw new CheckpointError(`${where}: expected the weights of a generator, got tensors of no known network.`);
  throw new CheckpointError(
    `${where}: expected one generator, or one whose names begin with ${wanted}, got ${more.length + 1} networks: ` +
      `${[found, ...more].slice(0, 6).map(({ prefix }) => prefix).join(", ")}. Take one out with "cyclegan convert --network".`,
  );
}
