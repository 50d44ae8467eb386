/** Rank 0 of a training by several processes: it decides everything, and tells the others what to compute. */
import type { LoadedBatch } from "../data/loader.js";
import type { Message, Ranks } from "../distributed/process-group.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Model } from "../models/model.js";
import type { TrainerState } from "../models/parts/state.js";
import type { TrainConfig } from "../run/options.js";
import { joinedStates, readState, writeState } from "./rank-state.js";

/** What the other ranks need to know to begin. */
export interface RankStart {
  /** How often the training has returned to a checkpoint. */
  readonly attempt: number;
  readonly config: TrainConfig;
  /** The measured choices of kernel variants, which all ranks must share. */
  readonly choices: readonly (readonly [work: string, variant: string])[];
  /** Of the list of images. */
  readonly fingerprint: string;
  /** The first batch. */
  readonly start: { readonly epoch: number; readonly index: number };
}

/** Lets the other ranks build their model. Resolves when all have it, and says if their adapters differ. */
export async function beginRanks(group: Ranks, gpu: Gpu, start: RankStart, onMessage: (text: string) => void): Promise<void> {
  group.broadcast("command", { op: "begin", ...start });
  const ready = await group.receiveAll("ready");
  const adapters = new Set([adapterOf(gpu), ...ready.map(({ value }) => String(value["adapter"]))]);
  if (adapters.size === 1) return;
  onMessage(`The ranks have different adapters (${[...adapters].join("; ")}), so that the result depends on which of them computes what.`);
}

/** Is set when the process or any other rank is asked to end: all then end after the step, and save. */
export function interruptOfRanks(group: Ranks, own: AbortSignal | undefined): AbortSignal {
  const controller = new AbortController();
  for (let rank = 1; rank < group.worldSize; rank++) {
    // A rank that is lost ends the training anyway.
    void group.receive(rank, "interrupt").then(() => controller.abort(), () => undefined);
  }
  return own ? AbortSignal.any([own, controller.signal]) : controller.signal;
}

/** The files of the whole batch, by side, in the order in which a single process has them. `own`: those of this rank. */
export async function pathsOfRanks(group: Ranks, own: LoadedBatch["paths"]): Promise<LoadedBatch["paths"]> {
  group.broadcast("command", { op: "paths" });
  const others = await group.receiveAll("paths");
  const ofSide = (side: string, { value }: Message): string[] => {
    const paths = value[side];
    return Array.isArray(paths) ? paths.map(String) : [];
  };
  return Object.fromEntries(Object.entries(own).map(([side, paths]) => [side, [...paths, ...others.flatMap((message) => ofSide(side, message))]]));
}

/** An adapter as the ranks compare it. */
export function adapterOf({ adapterInfo: { vendor, architecture, description } }: Gpu): string {
  return description || `${vendor} ${architecture}`;
}

/** A model whose steps, states and restores are those of all ranks. Everything else is that of this one. */
export function leadingModel(model: Model, group: Ranks): Model {
  const tell = (op: string, message: Partial<Pick<Message, "value" | "floats">> = {}): void =>
    group.broadcast("command", { op, ...message.value }, message.floats);
  return {
    get weights() {
      return model.weights;
    },
    losses: () => model.losses(),
    visuals: () => model.visuals(),
    ...(model.show && { show: (images) => model.show?.(images) ?? model.visuals() }),
    ...(model.evaluation && { evaluation: (images) => model.evaluation?.(images) ?? (() => Promise.resolve({})) }),
    schedule(time) {
      tell("schedule", { value: { ...time } });
      model.schedule(time);
    },
    step(batch) {
      tell("step");
      return model.step(batch);
    },
    async state() {
      const own = await model.state();
      tell("state", { value: { known: [...own.tensors.keys(), ...Object.keys(own.random)] } });
      const others = await group.receiveAll("state");
      return joinedStates([own, ...others.map(readState)]);
    },
    restore(state: TrainerState) {
      model.restore(state);
      tell("restore", writeState(state));
    },
    dispose: () => model.dispose(),
  };
}
