/** Micro-batches: equal parts of a step's batch, whose gradients are averaged. */
import type { Batch } from "../../data/dataset.js";
import type { ImageBatch } from "../../data/image.js";
import type { ProcessGroup } from "../../distributed/process-group.js";
import { ShapeError, UsageError } from "../../errors.js";
import type { Random } from "../../random.js";

/**
 * The micro-batches of a step, and those of this process.
 *
 * A training depends on its micro-batches and not on the processes that share them: pools and random numbers belong to a micro-batch,
 * and the gradients of all are added in a fixed tree. Rank r of w computes the micro-batches r · m / w … (r + 1) · m / w − 1.
 */
export class MicroBatches {
  /** m: the micro-batches of a step. */
  readonly count: number;
  /** The indices of those that this process computes. */
  readonly own: readonly number[];
  /** Undefined in a training of a single process. */
  readonly group: ProcessGroup | undefined;

  /** Throws a UsageError if the processes cannot have equally many. */
  constructor(count: number, group?: ProcessGroup) {
    const { rank = 0, worldSize = 1 } = group ?? {};
    if (count % worldSize !== 0) {
      throw new UsageError(`--micro-batches: expected a multiple of the ${worldSize} processes, got ${count}.`);
    }
    const share = count / worldSize;
    this.count = count;
    this.own = Array.from({ length: share }, (_, place) => rank * share + place);
    this.group = group;
  }

  /** Whether the batch is not divided. */
  get isSingle(): boolean {
    return this.count === 1;
  }

  /** Whether this process has one micro-batch, whose activations may stay in memory during the whole step. */
  get ownsOne(): boolean {
    return this.own.length === 1;
  }

  /** The images in the pool of a micro-batch, if pools of all hold `all` together; rounded up. */
  poolCapacity(all: number): number {
    return Math.ceil(all / this.count);
  }

  /** The micro-batches of this process, which share the memory of its part of the batch. Throws a ShapeError if it cannot be divided. */
  split<Side extends string>(batch: Batch<Side>): readonly Batch<Side>[] {
    if (this.ownsOne) return [batch];
    return this.own.map((_, place) => this.#part(batch, place));
  }

  #part<Side extends string>(batch: Batch<Side>, place: number): Batch<Side>;
  #part(batch: Batch, place: number): Batch {
    return Object.fromEntries(Object.entries(batch).map(([side, images]) => [side, partOf(images, place, this.own.length)]));
  }

  /** What each micro-batch of this process has for itself. `make` gets the random numbers of the micro-batch. */
  each<T>(random: Random, make: (random: Random) => T): readonly T[] {
    if (this.isSingle) return [make(random)];
    return this.own.map((index) => make(random.stream(`micro-batch ${index}`)));
  }

  /** The parts of the state that micro-batches have for themselves, with the index in their names if there are several micro-batches. */
  named<T, Part>(all: readonly T[], partsOf: (one: T) => Readonly<Record<string, Part>>): Record<string, Part> {
    const named = all.flatMap((one, place) =>
      Object.entries(partsOf(one)).map(([name, part]) => [this.isSingle ? name : `${name}.${this.own[place]}`, part] as const),
    );
    return Object.fromEntries(named);
  }
}

function partOf({ shape: [n, h, w, c], data, mask }: ImageBatch, place: number, parts: number): ImageBatch {
  const images = n / parts;
  if (!Number.isInteger(images)) {
    throw new ShapeError(`micro-batches: expected a batch of a multiple of ${parts} images, got ${n}.`);
  }
  const cut = (values: Float32Array, each: number): Float32Array => values.subarray(place * images * each, (place + 1) * images * each);
  return { shape: [images, h, w, c], data: cut(data, h * w * c), ...(mask && { mask: cut(mask, h * w) }) };
}

/** What belongs to the micro-batch at this place. */
export function at<T>(all: readonly T[], place: number): T {
  const one = all[place];
  if (one !== undefined) return one;
  throw new RangeError("every micro-batch of this process has its place");
}

/** The losses of each micro-batch, from those of the two optimizers. */
export function joined<A extends object, B extends object>(first: readonly A[], second: readonly B[]): readonly (A & B)[] {
  return first.map((one, place) => Object.assign({}, one, at(second, place)));
}
