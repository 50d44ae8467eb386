// Breaks kernels and ops on purpose, and shows that the checks of every op (test/support/check-op.ts) and those of the variants
// for GPUs (test/support/conv-checks.ts) report it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.js";
import { shaders } from "../../src/generated/shaders.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { KernelName } from "../../src/gpu/kernel-arguments.js";
import { openGpu } from "../../src/open-gpu.js";
import { checkError, checks, makeProblem, type AnyOp, type CheckName } from "../support/check-op.js";
import { expectExact, expectWithin } from "../support/conv-checks.js";
import { exactPasses, normalProblem, wholeProblem, type ConvProblem } from "../support/conv-problem.js";
import { guard } from "../support/device.js";
import { brokenProducts, product } from "./broken-products.js";
import { tiledMutations, winogradMutations, type ConvMutation } from "./conv-mutations.js";
import { libraryMutations } from "./library-mutations.js";
import { loadOpTables } from "./op-tables.js";
import { shaderMutations } from "./shader-mutations.js";

const tables = await loadOpTables();

function tableOf(name: string): AnyOp {
  const table = tables.get(name);
  if (!table) throw new Error(`no table of ${name} in test/ops/`);
  return table;
}

// A device of its own for each, since kernels are kept once compiled.
let gpu: Gpu;
beforeEach(async () => {
  gpu = await openGpu();
  guard(gpu);
});
afterEach(() => gpu.dispose());

/** What a check says of the first sample it rejects, of those with `part` in their name; undefined when none. */
async function complaint(op: AnyOp, check: CheckName, part = ""): Promise<string | undefined> {
  const samples = op.samples.filter(({ name }) => name.includes(part));
  expect(samples, `samples of ${op.name} with "${part}"`).not.toEqual([]);
  for (const sample of samples) {
    try {
      await checks[check](makeProblem(gpu, op, sample, () => undefined));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return undefined;
}

/** Puts other text into a shader until the block ends. */
function mutated(kernel: KernelName, edits: readonly (readonly [from: string, to: string])[]): Disposable {
  const shader = shaders[kernel];
  const { code } = shader;
  let changed: string = code;
  for (const [from, to] of edits) {
    expect(changed.split(from).length - 1, `"${from}" in ${kernel}`).toBe(1);
    changed = changed.replace(from, () => to);
  }
  Object.assign(shader, { code: changed });
  return { [Symbol.dispose]: () => void Object.assign(shader, { code }) };
}

describe("a kernel", () => {
  it.each([...shaderMutations, ...libraryMutations])("$breaks: $op $check", async ({ op, kernel, edits, sample, check, says }) => {
    using _mutation = mutated(kernel, edits);
    expect(await complaint(tableOf(op), check, sample)).toMatch(says);
  });

  it("that is wrong in a tile that only the other kind of adapter gets: seen there alone", async () => {
    const rightIn = gpu.isCpu ? 16 : 64;
    const edit = ["params.hasBias != 0u", `params.hasBias != 0u && WORKGROUP == ${rightIn}u`] as const;
    using _mutation = mutated("conv2d/forward", [edit]);
    const conv2d = tableOf("conv2d");
    expect(await complaint(conv2d, "computes the reference's values", "one pixel")).toBeUndefined();
    const said = await complaint(conv2d, "gives the same result as on the other kind of adapter", "one pixel");
    expect(said).toMatch(/^conv2d \/ 1×1, one pixel, seed 1: 4 of 4 differ, the worst y\[/);
  });
});

/** What the checks of the variants for GPUs say of one with the smallest tile; undefined when nothing. */
async function complaintOf(run: typeof expectExact, { pass }: ConvMutation, variant: string, problem: ConvProblem): Promise<string | undefined> {
  try {
    await run(gpu, pass, variant, problem, exactPasses(problem)[pass]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

describe("a kernel for GPUs", { timeout: 120_000 }, () => {
  beforeEach(() => void Object.defineProperty(gpu, "isCpu", { value: false }));

  it.each(tiledMutations)("$kernel that $breaks", async (mutation) => {
    using _edited = mutated(mutation.kernel, mutation.edits);
    expect(await complaintOf(expectExact, mutation, "tiled/32x32", wholeProblem(mutation.sizes))).toMatch(mutation.says);
  });

  it.each(winogradMutations)("$kernel that $breaks", async (mutation) => {
    using _edited = mutated(mutation.kernel, mutation.edits);
    expect(await complaintOf(expectWithin, mutation, "winograd/32x32", normalProblem(mutation.sizes))).toMatch(mutation.says);
  });

  it("that is right passes both checks", async () => {
    const [tiledOne, winogradOne] = [tiledMutations[0], winogradMutations[0]];
    if (!tiledOne || !winogradOne) throw new Error("no mutations");
    expect(await complaintOf(expectExact, tiledOne, "tiled/32x32", wholeProblem(tiledOne.sizes))).toBeUndefined();
    expect(await complaintOf(expectWithin, winogradOne, "winograd/32x32", normalProblem(winogradOne.sizes))).toBeUndefined();
  });
});

describe("an op", () => {
  it.each(brokenProducts)("that $does: $check", async ({ run, check, says }) => {
    expect(await complaint({ ...tableOf("mul"), run }, check)).toMatch(says);
  });

  it("that is right passes every check", async () => {
    for (const check of Object.keys(checks) as CheckName[]) {
      expect(await complaint({ ...tableOf("mul"), run: product }, check), check).toBeUndefined();
    }
  });
});

describe("an error", () => {
  const [error] = tableOf("mul").errors ?? [];

  it.each([
    { fault: "is missing", call: () => undefined, says: /to throw/ },
    { fault: "is of another class", call: () => fail(new TypeError("mul: expected …")), says: /ShapeError/ },
    { fault: "has another message", call: () => fail(new ShapeError("shapes differ")), says: /expected two tensors/ },
    {
      fault: "leaves memory behind",
      call: () => {
        gpu.pool.acquire(16);
        error?.call(gpu);
      },
      says: /bytes held after the error/,
    },
  ])("that $fault", ({ call, says }) => {
    if (!error) throw new Error("the table of mul has no error");
    expect(() => checkError(gpu, error)).not.toThrow();
    expect(() => checkError(gpu, { ...error, call })).toThrow(says);
  });
});

function fail(error: Error): never {
  throw error;
}
