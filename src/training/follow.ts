/** A rank of a training other than 0: it computes its micro-batches of the steps that rank 0 makes. */
import { datasetAt, listData } from "../data/image-folder.js";
import type { LoadedBatch, Loader } from "../data/loader.js";
import { groupOfAttempt, type Ranks } from "../distributed/process-group.js";
import { RankError } from "../distributed/rank-error.js";
import { DataError, errorOf, NonFiniteError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { isJsonObject, type JsonObject } from "../io/parse-json.js";
import type { Model, Settings, StepTime } from "../models/model.js";
import { openGpu } from "../open-gpu.js";
import { Random } from "../random.js";
import { checkSettingNames, modelOf, trainConfig, type TrainConfig } from "../run/options.js";
import { checkConfig } from "./checks.js";
import { openLoader } from "./images.js";
import { adapterOf } from "./lead.js";
import { readState, without, writeState } from "./rank-state.js";

/** The settings that a rank may have for itself: where it has the images, and what reads them and computes. */
const ownKeys: readonly string[] = ["dataroot", "a", "b", "maskDir", "adapter", "numThreads"];

/**
 * Computes until rank 0 ends the training, and returns the number of steps. Ends all ranks, and throws the error, if this one fails.
 *
 * Everything comes from rank 0: settings, the checkpoint of a run that continues, and when to make a step. Only the images are read here.
 * `own`: the settings that this rank was given, of which those of its folders, threads and adapter win over rank 0's. Throws a RankError if another rank is lost.
 */
export async function followRanks(group: Ranks, own: Settings, onMessage: (text: string) => void): Promise<number> {
  let follower: Follower | undefined;
  let steps = 0;
  try {
    for (;;) {
      const { value, floats } = await group.receive(0, "command");
      const { op } = value;
      if (op === "end") return steps;
      if (op === "begin") {
        await follower?.close();
        follower = await Follower.open(group, value, own, onMessage);
      } else if (!follower) throw new RankError(`Expected the beginning of a training, got ${String(op)}.`);
      else if (op === "schedule") await follower.schedule(timeOf(value));
      else if (op === "restore") follower.model.restore(readState({ value, floats }));
      else if (op === "state") await follower.sendState(value["known"]);
      else if (op === "paths") follower.sendPaths();
      else if (op === "step") {
        await follower.step();
        steps++;
      }
    }
  } catch (error) {
    // Does nothing if the group has failed already.
    group.abort(`Rank ${group.rank}: ${errorOf(error).message}`);
    throw error;
  } finally {
    await follower?.close();
  }
}

class Follower {
  readonly model: Model;
  readonly #group: Ranks;
  readonly #gpu: Gpu;
  readonly #loader: Loader;
  #batch: LoadedBatch | undefined;

  private constructor(group: Ranks, gpu: Gpu, loader: Loader, model: Model) {
    this.#group = group;
    this.#gpu = gpu;
    this.#loader = loader;
    this.model = model;
  }

  /** Throws a DataError if the images are not those of rank 0. */
  static async open(group: Ranks, begin: JsonObject, own: Settings, onMessage: (text: string) => void): Promise<Follower> {
    const { attempt, config: settings, choices, fingerprint, start } = begin;
    const config = rankConfig(settings, own);
    const definition = modelOf(config);
    const { fingerprint: its, bytes } = listData(datasetAt(definition.dataset, config), config);
    if (its !== fingerprint) throw otherImages(group.rank, config, bytes.size);
    const random = new Random(config.seed);
    const { rank, worldSize } = group;
    const loader = openLoader(config, random.stream("data"), { onWarning: onMessage, start: placeOf(start), share: { rank, worldSize } });
    try {
      const gpu = await openGpu({ adapter: config.adapter });
      for (const choice of Array.isArray(choices) ? choices : []) if (Array.isArray(choice)) gpu.choices.set(String(choice[0]), String(choice[1]));
      const follower = new Follower(group, gpu, loader, definition.create(gpu, config, random.stream("model"), groupOfAttempt(group, Number(attempt))));
      group.send(0, "ready", { adapter: adapterOf(gpu) });
      return follower;
    } catch (error) {
      await loader.close();
      throw error;
    }
  }

  /** Sets what changes over time, and takes the next batch, as rank 0 has. */
  async schedule(time: StepTime): Promise<void> {
    this.model.schedule(time);
    this.#batch = await this.#loader.next();
    if (this.#batch.epoch === time.epoch) return;
    throw new RankError(`Expected a batch of epoch ${time.epoch}, as rank 0 has, got one of epoch ${this.#batch.epoch}.`);
  }

  async step(): Promise<void> {
    if (!this.#batch) throw new RankError("Expected the time of a step before the step.");
    try {
      await this.model.step(this.#batch.images);
    } catch (error) {
      // Rank 0 has the same losses, and decides what follows from them.
      if (!(error instanceof NonFiniteError)) throw error;
    }
  }

  /** Sends rank 0 the part of the state that it does not have. */
  async sendState(known: unknown): Promise<void> {
    const { value, floats } = writeState(without(await this.model.state(), new Set(Array.isArray(known) ? known : [])));
    this.#group.send(0, "state", value, floats);
  }

  /** Sends rank 0 the files of this rank's part of the batch. */
  sendPaths(): void {
    this.#group.send(0, "paths", this.#batch?.paths);
  }

  async close(): Promise<void> {
    this.model.dispose();
    this.#gpu.dispose();
    await this.#loader.close();
  }
}

function rankConfig(settings: unknown, own: Settings): TrainConfig {
  const its = Object.fromEntries(Object.entries(own).filter(([key]) => ownKeys.includes(key)));
  const given: Settings = isJsonObject(settings) ? { ...settings, ...its } : its;
  checkSettingNames(given, "rank");
  const config = trainConfig(given);
  checkConfig(config);
  return config;
}

function otherImages(rank: number, { dataroot, a, b }: TrainConfig, files: number): DataError {
  return new DataError(
    `the images in ${a === "" ? dataroot : `${a} and ${b}`} are not those of rank 0: ${files} files, but other names or sizes. ` +
      `Give every rank the same data set; --dataroot says where rank ${rank} has it.`,
  );
}

function timeOf({ step, epoch, lr }: JsonObject): StepTime {
  return { step: Number(step), epoch: Number(epoch), lr: Number(lr) };
}

function placeOf(start: unknown): { readonly epoch: number; readonly index: number } {
  return isJsonObject(start) ? { epoch: Number(start["epoch"]), index: Number(start["index"]) } : { epoch: 1, index: 0 };
}
