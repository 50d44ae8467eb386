import type { Gpu } from "../../gpu/gpu.js";
import type { Module } from "../../nn/module.js";
import type { Adam } from "../../optim/adam.js";
import type { Shape } from "../../shape.js";
import type { DiffAugment } from "./diff-augment.js";
import type { GeneratorAverages } from "./averages.js";
import type { ImagePool } from "./image-pool.js";
import {
  counterOf,
  networkLoader,
  optimizerState,
  poolState,
  randomOf,
  storeNetwork,
  storeOptimizer,
  storePool,
  type StateParts,
  type TrainerState,
} from "./state.js";

/** What of a trainer changes from step to step and is no setting, each by the name it has in a `TrainerState`. */
export interface StatefulParts {
  readonly networks: Readonly<Record<string, Module>>;
  /** `parameters`: the trained ones, in the optimizer's order. */
  readonly optimizers: Readonly<Record<string, { readonly adam: Adam; readonly parameters: readonly (readonly [name: string, shape: Shape])[] }>>;
  /** `capacity` in images. */
  readonly pools: Readonly<Record<string, { readonly pool: ImagePool; readonly capacity: number; readonly channels: number }>>;
  readonly averages: GeneratorAverages | undefined;
  readonly augment: DiffAugment | undefined;
}

/** Reads the parts back from the device. */
export async function takeState({ networks, optimizers, pools, averages, augment }: StatefulParts): Promise<TrainerState> {
  const parts: StateParts = { tensors: new Map(), counters: {}, random: {} };
  for (const [name, network] of Object.entries(networks)) await storeNetwork(parts, name, network);
  for (const [name, { adam, parameters }] of Object.entries(optimizers)) await storeOptimizer(parts, name, adam, parameters);
  for (const [name, { pool }] of Object.entries(pools)) storePool(parts, name, await pool.state());
  if (averages) parts.counters["ema"] = averages.updates;
  if (augment) parts.random["diffaugment"] = augment.random.state;
  return parts;
}

/** Sets the parts to a state. Throws a ShapeError, before anything is changed, when it is one of others. */
export function restoreState(gpu: Gpu, { networks, optimizers, pools, averages, augment }: StatefulParts, state: TrainerState): void {
  const restores = [
    ...Object.entries(networks).map(([name, network]) => networkLoader(state, name, network)),
    ...Object.entries(optimizers).map(([name, { adam, parameters }]) => {
      const its = optimizerState(state, name, parameters);
      return () => adam.restore(its);
    }),
    ...Object.entries(pools).map(([name, { pool, capacity, channels }]) => {
      const its = poolState(state, name, capacity, channels);
      return () => pool.restore(gpu, its);
    }),
  ];
  if (averages) {
    const updates = counterOf(state, "ema");
    restores.push(() => averages.restore(updates));
  }
  if (augment) {
    const random = randomOf(state, "diffaugment");
    restores.push(() => {
      augment.random = random;
    });
  }
  for (const restore of restores) restore();
}
