/** The mean of the gradients of all micro-batches, over all processes. */
import type { ProcessGroup } from "../../distributed/process-group.js";
import type { Gpu } from "../../gpu/gpu.js";
import { add } from "../../ops/elementwise/add.js";
import { scale } from "../../ops/elementwise/scale.js";
import { TreeSum, type Block } from "../../optim/tree-sum.js";
import { noGrad } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import { joinFloats } from "./join-floats.js";
import type { MicroBatches } from "./micro-batches.js";
import type { StepScope } from "./step-scope.js";

/** Gradients side by side, in as many tensors as the optimizer has arenas. */
type Gradients = readonly Tensor[];

/** A sum of gradients on the device. */
export function gradientSum(): TreeSum<Gradients> {
  return new TreeSum((a, b) => {
    const sums = a.map((its, arena) => noGrad(() => add(its, tensorAt(b, arena))));
    for (const used of [...a, ...b]) used.release();
    return sums;
  });
}

/**
 * The mean over `count` micro-batches, of which this process has added its own in `sum`.
 *
 * With several processes, each one adds up an equal share of the elements: it gets that share of every other process's blocks, adds
 * them on its device as a single process would, and gives the mean to all. A process so sends and receives 2 · (w − 1) / w times the
 * size of the gradients, however many processes there are.
 */
export async function meanGradients(gpu: Gpu, scope: StepScope, sum: TreeSum<Gradients>, micro: MicroBatches, topic: string): Promise<Gradients> {
  const { count, group } = micro;
  if (!group) return scope.run(() => scaled(sum.total(), 1 / count));
  const means: Tensor[] = [];
  for (const arena of sum.blocks[0]?.sum.keys() ?? []) {
    const blocks = sum.blocks.map((block) => ({ ...block, sum: tensorAt(block.sum, arena) }));
    means.push(await allReduce(gpu, blocks, count, group, `${topic} ${arena}`));
  }
  return means;
}

async function allReduce(gpu: Gpu, blocks: readonly Block<Tensor>[], count: number, group: ProcessGroup, topic: string): Promise<Tensor> {
  const size = blocks[0]?.sum.size ?? 0;
  const values: Float32Array[] = [];
  for (const { sum } of blocks) {
    values.push(await sum.data());
    sum.release();
  }
  const { worldSize } = group;
  const bounds = Array.from({ length: worldSize + 1 }, (_, rank) => Math.floor((rank * size) / worldSize));
  const shareOf = (all: Float32Array, rank: number): Float32Array => all.subarray(bounds[rank], bounds[rank + 1]);
  const shares = await group.allToAll(topic, bounds.slice(1).map((_, rank) => joinFloats(values.map((all) => shareOf(all, rank)))));
  const mean = await addShares(gpu, shares, count, worldSize);
  const means = await group.allToAll(topic, bounds.slice(1).map(() => mean));
  return Tensor.from(gpu, [size], joinFloats(means), "mean gradients");
}

/** Adds the blocks of all processes. Each has `count` / `worldSize` micro-batches, so that its blocks are known. */
async function addShares(gpu: Gpu, shares: readonly Float32Array[], count: number, worldSize: number): Promise<Float32Array> {
  using scope = gpu.scope("all-reduce");
  const sum = gradientSum();
  for (const [rank, share] of shares.entries()) {
    const blocks = blocksOf(rank, count / worldSize);
    const length = share.length / blocks.length;
    for (const [place, block] of blocks.entries()) {
      if (length === 0) continue;
      const term = Tensor.from(gpu, [length], share.subarray(place * length, (place + 1) * length), "gradients");
      sum.add({ ...block, sum: [term] });
    }
  }
  if (sum.blocks.length === 0) return new Float32Array();
  const [mean] = scaled(sum.total(), 1 / count);
  scope.seal();
  return mean ? mean.data() : new Float32Array();
}

/** The blocks that remain when a process has added its micro-batches. */
function blocksOf(rank: number, share: number): readonly Omit<Block<unknown>, "sum">[] {
  const sum = new TreeSum<undefined>(() => undefined);
  for (let place = 0; place < share; place++) sum.add({ start: rank * share + place, size: 1, sum: undefined });
  return sum.blocks.map(({ start, size }) => ({ start, size }));
}

function scaled(sums: Gradients, factor: number): Gradients {
  return sums.map((sum) => noGrad(() => scale(sum, factor)));
}

function tensorAt(sums: Gradients, arena: number): Tensor {
  const tensor = sums[arena];
  if (tensor) return tensor;
  throw new RangeError("all blocks have the same arenas");
}
