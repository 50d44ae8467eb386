import { describe, expect, it } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { differentiable, makeProblem, runOnDevice, type Problem } from "../support/check-op.js";
import { byVariant, onOtherAdapter, useGpu, watchGuards } from "../support/device.js";
import { loadOpTables } from "./op-tables.js";

const gpu = useGpu({ guarded: true });
const tables = await loadOpTables();

/** Workgroups that a dispatch gets beyond those it asked for. */
const SPARE = 7;

/** Of an op at most: its first ones reach its kernels, and the test stays short. */
const SAMPLES = 8;

/** What `run` gives while every grid has workgroups too many, as one that is folded into two dimensions may have. */
async function withSpareGroups<T>({ queue }: Gpu, run: () => Promise<T>): Promise<T> {
  const dispatch = queue.dispatch.bind(queue);
  queue.dispatch = (kernel, storages, values, threads, flops) => {
    dispatch(kernel, storages, values, threads + SPARE * kernel.workgroup, flops);
  };
  try {
    return await run();
  } finally {
    queue.dispatch = dispatch;
  }
}

/** The output's bits and the gradients', by name. */
async function bitsOf(problem: Problem): Promise<ReadonlyMap<string, Uint32Array>> {
  const { y, gradients } = await runOnDevice(problem, differentiable(problem));
  const bits = new Map<string, Uint32Array>();
  for (const [name, { buffer, byteOffset, length }] of [["y", y] as const, ...gradients]) bits.set(name, new Uint32Array(buffer, byteOffset, length));
  return bits;
}

/** Gives nothing if it fits no part of the sample on this device. */
type Way = <T>(run: () => Promise<T>) => Promise<T | undefined>;

/** The kinds of adapter and the variants that an op's kernels differ by. */
function waysOf({ gpu: device, op }: Problem): Way[] {
  const variants = [...(op.variants?.keys() ?? [])].map((name): Way => (run) => byVariant(device, name, run));
  return [(run) => run(), (run) => onOtherAdapter(device, run), ...variants];
}

describe("workgroups beyond those a kernel has work for change nothing", () => {
  it.each([...tables.keys()])("%s", async (name) => {
    const op = tables.get(name);
    for (const sample of op?.samples.slice(0, SAMPLES) ?? []) {
      if (!op) break;
      const problem = makeProblem(gpu(), op, sample, () => undefined);
      for (const way of waysOf(problem)) {
        const expected = await way(() => bitsOf(problem));
        if (!expected) continue;
        await watchGuards(gpu(), async () => {
          expect(await way(() => withSpareGroups(gpu(), () => bitsOf(problem))), sample.name).toEqual(expected);
        });
      }
    }
  });
});
