/** The state of a model in training, as a checkpoint stores it. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { ParameterSet } from "../../nn/module.js";
import type { Adam, AdamState } from "../../optim/adam.js";
import type { GradScaler } from "../../optim/grad-scaler.js";
import { Random, type RandomState } from "../../random.js";
import { formatShape, sameShape, type Shape } from "../../shape.js";
import type { ImagePool, ImagePoolState } from "./image-pool.js";

/** A tensor on the host, last axis contiguous, axes in the engine's order. */
export interface StateTensor {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/**
 * Everything that a model needs to continue to the same bits, on the host.
 *
 * Tensors are named `<part>/<name>`: weights `G_A/…` by parameter, moments `optimizer_G.m/G_A.…` and `.v/…`, pools
 * `fake_A_pool/0` and on.
 */
export interface TrainerState {
  readonly tensors: ReadonlyMap<string, StateTensor>;
  /** Adam's steps, by optimizer, and updates of averages. */
  readonly counters: Readonly<Record<string, number>>;
  /** The states of the random streams, by the name of their user. */
  readonly random: Readonly<Record<string, RandomState>>;
}

/** An optimizer with the names of its parameters, and the GradScaler of its losses if there is one. */
export interface StatefulOptimizer {
  readonly adam: Adam;
  readonly scaler?: GradScaler | undefined;
  readonly parameters: readonly (readonly [name: string, shape: Shape])[];
}

/** The parts of a model that change from step to step, by their names in a `TrainerState`. */
export interface StatefulParts {
  readonly networks: Readonly<Record<string, ParameterSet>>;
  /** `parameters`: names and shapes of the trained parameters, in the optimizer's order. */
  readonly optimizers: Readonly<Record<string, StatefulOptimizer>>;
  /** `capacity` in images. */
  readonly pools?: Readonly<Record<string, { readonly pool: ImagePool; readonly capacity: number; readonly channels: number }>>;
  /** Parts that count their updates, such as averages of weights. */
  readonly counters?: Readonly<Record<string, { updates: number }>>;
  /** Parts that draw random numbers. */
  readonly streams?: Readonly<Record<string, { random: Random }>>;
}

/** Reads the parts back from the device. */
export async function takeState({ networks, optimizers, pools = {}, counters = {}, streams = {} }: StatefulParts): Promise<TrainerState> {
  const parts: StateParts = { tensors: new Map(), counters: {}, random: {} };
  for (const [name, network] of Object.entries(networks)) await storeNetwork(parts, name, network);
  for (const [name, { adam, scaler, parameters }] of Object.entries(optimizers)) {
    await storeOptimizer(parts, name, adam, parameters);
    if (scaler) parts.tensors.set(`${name}.scaling`, { shape: scaler.scaling.shape, values: await scaler.state() });
  }
  for (const [name, { pool }] of Object.entries(pools)) storePool(parts, name, await pool.state());
  for (const [name, { updates }] of Object.entries(counters)) parts.counters[name] = updates;
  for (const [name, { random }] of Object.entries(streams)) parts.random[name] = random.state;
  return parts;
}

/** Sets the parts to a state. Throws a ShapeError, before anything is changed, if it is the state of other parts. */
export function restoreState(
  gpu: Gpu,
  { networks, optimizers, pools = {}, counters = {}, streams = {} }: StatefulParts,
  state: TrainerState,
): void {
  const restores = [
    ...Object.entries(networks).map(([name, network]) => networkLoader(state, name, network)),
    ...Object.entries(optimizers).map(([name, { adam, scaler, parameters }]) => {
      const its = optimizerState(state, name, parameters);
      const scaling = scaler && tensorOf(state, `${name}.scaling`, scaler.scaling.shape).values;
      return () => {
        adam.restore(its);
        if (scaling) scaler.restore(scaling);
      };
    }),
    ...Object.entries(pools).map(([name, { pool, capacity, channels }]) => {
      const its = poolState(state, name, capacity, channels);
      return () => pool.restore(gpu, its);
    }),
    ...Object.entries(counters).map(([name, counter]) => {
      const updates = counterOf(state, name);
      return () => void (counter.updates = updates);
    }),
    ...Object.entries(streams).map(([name, stream]) => {
      const random = randomOf(state, name);
      return () => void (stream.random = random);
    }),
  ];
  for (const restore of restores) restore();
}

/** A state that is being collected. */
interface StateParts {
  readonly tensors: Map<string, StateTensor>;
  readonly counters: Record<string, number>;
  readonly random: Record<string, RandomState>;
}

function foreign(what: string, got: string): ShapeError {
  return new ShapeError(
    `training state: expected ${what}, got ${got}. Restore it into a model with the options it was taken with.`,
  );
}

/** The names of the trained parameters of networks, under which their moments are stored, in the order given. */
export function trainedNames(networks: Readonly<Record<string, ParameterSet>>): [string, Shape][] {
  return Object.entries(networks).flatMap(([network, module]) =>
    [...module.parameters()].flatMap(([name, { tensor }]): [string, Shape][] =>
      tensor.requiresGrad ? [[`${network}.${name}`, tensor.shape]] : [],
    ),
  );
}

/** Adds a network's weights. */
async function storeNetwork(parts: StateParts, name: string, network: ParameterSet): Promise<void> {
  for (const [parameter, { tensor }] of network.parameters()) {
    parts.tensors.set(`${name}/${parameter}`, { shape: tensor.shape, values: await tensor.data() });
  }
}

/** A function that writes a network's weights. Throws a ShapeError unless all of them are there in the right shapes. */
function networkLoader(state: TrainerState, name: string, network: ParameterSet): () => void {
  const loads = [...network.parameters()].map(([parameter, { tensor }]) => {
    const { values } = tensorOf(state, `${name}/${parameter}`, tensor.shape);
    return () => tensor.write(values);
  });
  return () => {
    for (const load of loads) load();
  };
}

/** Adds an optimizer's moments and steps, under the names of its parameters. */
async function storeOptimizer(
  parts: StateParts,
  name: string,
  optimizer: Adam,
  parameters: readonly (readonly [name: string, shape: Shape])[],
): Promise<void> {
  const { steps, firstMoments, secondMoments } = await optimizer.state();
  for (const [kind, moments] of [["m", firstMoments], ["v", secondMoments]] as const) {
    for (const [index, [parameter, shape]] of parameters.entries()) {
      parts.tensors.set(`${name}.${kind}/${parameter}`, { shape, values: moments[index] ?? new Float32Array() });
    }
  }
  // A single counter if all parameters have made the same number of steps.
  const most = Math.max(0, ...steps);
  parts.counters[name] = most;
  for (const [index, [parameter]] of parameters.entries()) {
    const count = steps[index] ?? most;
    if (count !== most) parts.counters[`${name}/${parameter}`] = count;
  }
}

/** The part of a trainer's state that belongs to an optimizer. Throws a ShapeError if it is that of other parameters. */
function optimizerState(
  state: TrainerState,
  name: string,
  parameters: readonly (readonly [name: string, shape: Shape])[],
): AdamState {
  const most = counterOf(state, name);
  const steps = parameters.map(([parameter]) => state.counters[`${name}/${parameter}`] ?? most);
  const moments = (kind: "m" | "v"): Float32Array[] =>
    parameters.map(([parameter, shape]) => tensorOf(state, `${name}.${kind}/${parameter}`, shape).values);
  return { steps, firstMoments: moments("m"), secondMoments: moments("v") };
}

/** Adds a pool's images and the state of its random stream. */
function storePool(parts: StateParts, name: string, pool: ImagePoolState): void {
  for (const [index, image] of pool.images.entries()) parts.tensors.set(`${name}/${index}`, image);
  parts.random[name] = pool.random;
}

/** The part of a trainer's state that belongs to a pool. Throws a ShapeError for too many images, or other channels. */
function poolState(state: TrainerState, name: string, capacity: number, channels: number): ImagePoolState {
  const random = randomOf(state, name).state;
  const images: StateTensor[] = [];
  for (let image = state.tensors.get(`${name}/0`); image; image = state.tensors.get(`${name}/${images.length}`)) {
    if (image.shape[0] !== 1 || image.shape.length !== 4 || image.shape[3] !== channels) {
      throw foreign(`images [1, h, w, ${channels}] in ${name}`, formatShape(image.shape));
    }
    images.push(image);
  }
  if (images.length > capacity) throw foreign(`at most ${capacity} images in ${name}`, String(images.length));
  return { images, random };
}

/** The value of a counter. Throws a ShapeError if there is none of that name. */
function counterOf(state: TrainerState, name: string): number {
  const count = state.counters[name];
  if (count === undefined) throw foreign(`the counter ${name}`, "none");
  return count;
}

/** The state of a random stream. Throws a ShapeError if there is none of that name. */
function randomOf(state: TrainerState, name: string): Random {
  const random = state.random[name];
  if (random === undefined) throw foreign(`the random state ${name}`, "none");
  return new Random(random);
}

function tensorOf(state: TrainerState, name: string, shape: Shape): StateTensor {
  const found = state.tensors.get(name);
  if (found && sameShape(found.shape, shape)) return found;
  throw foreign(`${name} ${formatShape(shape)}`, found ? formatShape(found.shape) : "none");
}
