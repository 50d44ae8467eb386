import { expect, it } from "vitest";
import { shaders } from "../../src/generated/shaders.js";
import type { KernelName } from "../../src/gpu/kernel-arguments.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { convVariants } from "../../src/ops/conv/variants.js";
import { differentiable, makeProblem, runOnDevice, type Problem } from "../support/check-op.js";
import { convVariantNames } from "../support/conv-variants.js";
import { engineKernel } from "../support/engine-kernel.js";
import { byVariant, onOtherAdapter, useGpu } from "../support/device.js";
import { loadOpTables } from "./op-tables.js";

const gpu = useGpu({ guarded: true });
const tables = await loadOpTables();

/**
 * Kernels that no op dispatches: the optimizer's, the probe of a device's speed, the search for what is not finite, and
 * the power iteration's.
 */
const notOfOps = /^(optim|probe|check)\/|^spectral-norm\/normalise$/;
/**
 * Kernels with tests of their own: conv/tiled.test.ts for their tiles, conv/winograd-matrix.test.ts, reduce-rows.test.ts, and
 * nn/running-statistics.test.ts.
 */
const testedApart = /-tiled$|-matrix-f(16|32)$|-by-workgroup$|^batch-norm\/track$/;
/** Dispatched in one width only, by the engine itself. */
const oneWidth: readonly KernelName[] = ["elementwise/fill"];
/** Kernels that only some devices can run. */
const bySubgroups = /-subgroup$/;
const hasSubgroups = ({ isCpu, subgroupLanes }: Gpu): boolean => isCpu && [4, 8].includes(subgroupLanes);
/** Whether a workgroup can normalise a whole image: 512 invocations of 48 bytes. */
const takesWholeImages = ({ device: { limits } }: Gpu): boolean =>
  limits.maxComputeInvocationsPerWorkgroup >= 512 && limits.maxComputeWorkgroupStorageSize >= 512 * 48;

/** All tiles that ops can pick, of the kernels that have some. */
function tilesOn(device: Gpu): Readonly<Partial<Record<KernelName, readonly string[]>>> {
  const lanes = device.subgroupLanes;
  const inWorkgroups = (...tiles: string[]): string[] =>
    [16, 64].flatMap((size) => tiles.map((tile) => ` WORKGROUP=${size} ${tile}`));
  const direct = inWorkgroups("PIXELS=8 OUTPUTS=1", "PIXELS=8 OUTPUTS=2");
  const inputs = [1, 2].flatMap((count) => [`INPUTS=${count} OUTPUTS=1`, `INPUTS=${count} OUTPUTS=2`]);
  const normByRanges = [" WORKGROUP=8 LANES=8 BATCH=1", " WORKGROUP=128 LANES=8 BATCH=4"];
  const norm = takesWholeImages(device) ? [...normByRanges, " WORKGROUP=512 LANES=2 BATCH=4"] : normByRanges;
  // Loops of a software adapter, whose products need its subgroups; written out for GPUs.
  const transform = hasSubgroups(device) ? [" ORDER=0", " ORDER=6"] : [" ORDER=6"];
  return {
    "conv2d/forward": direct,
    "conv2d/transposed": direct,
    "conv2d/weight-grad": inWorkgroups(...inputs),
    "conv2d/forward-subgroup": [` WORKGROUP=${lanes} PIXELS=16`],
    "conv2d/transposed-subgroup": [` WORKGROUP=${lanes} PIXELS=16`],
    "conv2d/weight-grad-subgroup": [` WORKGROUP=${lanes} INPUTS=4`],
    "winograd/multiply-subgroup": [` WORKGROUP=${lanes} ROWS=16`],
    "winograd/input": transform,
    "winograd/weight": transform,
    "winograd/output": transform,
    "winograd/output-grad": transform,
    "winograd/windows": transform,
    "winograd/weight-grad": transform,
    "matmul/batched-vec4": [[0, 0], [0, 1], [1, 0]].map(([a, b]) => ` A_TRANSPOSED=${a} B_TRANSPOSED=${b}`),
    // A whole image is left to the next kernel.
    "norm/statistics": normByRanges,
    "norm/forward": norm,
    "norm/backward-partial": norm,
    "norm/backward": norm,
  };
}

function kernelsOf(name: KernelName, device: Gpu): readonly string[] {
  const widths = shaders[name].code.includes("// @width") && !oneWidth.includes(name) ? [1, 4] : [4];
  return widths.flatMap((width) => (tilesOn(device)[name] ?? [""]).map((tile) => `${name} width ${width}${tile}`));
}

/** Notes every kernel that the device is asked for. */
function spyOnKernels(device: Gpu): Set<string> {
  const seen = new Set<string>();
  const run = device.run.bind(device);
  device.run = (kernel, args, grid) => {
    const name = engineKernel(kernel);
    const tile = Object.entries(grid.tune ?? {}).map(([constant, value]) => ` ${constant}=${String(value)}`);
    const width = shaders[name].code.includes("// @width") && !oneWidth.includes(name) ? (grid.width ?? 4) : 4;
    seen.add(`${name} width ${width}${tile.join("")}`);
    run(kernel, args, grid);
  };
  return seen;
}

/** Notes every variant of a convolution that runs, as "pass name". */
function spyOnVariants(): Set<string> {
  const seen = new Set<string>();
  for (const [pass, variants] of Object.entries(convVariants)) {
    for (const [name, variant] of Object.entries(variants)) {
      const run: (...operands: never) => void = variant.run;
      Object.assign(variant, { run: (...operands: never) => (seen.add(`${pass} ${name}`), run(...operands)) });
    }
  }
  return seen;
}

async function runEveryWay(problem: Problem): Promise<void> {
  const names = differentiable(problem);
  await runOnDevice(problem, names);
  await onOtherAdapter(problem.gpu, () => runOnDevice(problem, names));
  for (const name of problem.op.variants?.keys() ?? []) {
    await byVariant(problem.gpu, name, () => runOnDevice(problem, names));
  }
  if (!problem.op.variants) return;
  for (const name of ["direct", "winograd"]) {
    await onOtherAdapter(problem.gpu, () => byVariant(problem.gpu, name, () => runOnDevice(problem, names)));
  }
}

// Compiles all of them, which takes a software adapter a minute.
it("the samples of the ops run every kernel in every width and tile, and every variant", { timeout: 180_000 }, async () => {
  const device = gpu();
  const seen = spyOnKernels(device);
  const variants = spyOnVariants();
  for (const op of tables.values()) {
    for (const sample of op.samples) await runEveryWay(makeProblem(device, op, sample, () => undefined));
  }
  const kernels = (Object.keys(shaders) as KernelName[])
    .filter((name) => !notOfOps.test(name) && !testedApart.test(name))
    .filter((name) => hasSubgroups(device) || !bySubgroups.test(name));
  const possible = kernels.flatMap((name) => kernelsOf(name, device));
  expect(possible.filter((kernel) => !seen.has(kernel))).toEqual([]);
  expect(possible.length).toBeGreaterThan(50);

  // Those with a tile in their name have tests of their own, as their kernels have.
  const expected = [...convVariantNames.keys()]
    .filter((name) => !name.includes("/") && (hasSubgroups(device) || name !== "subgroup"))
    .flatMap((name) => Object.keys(convVariants).map((pass) => `${pass} ${name}`));
  expect(expected.filter((variant) => !variants.has(variant))).toEqual([]);
  expect(expected.length).toBeGreaterThanOrEqual(9);
});
