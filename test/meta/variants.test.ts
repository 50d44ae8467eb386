import { expect, it } from "vitest";
import { shaders } from "../../src/generated/shaders.js";
import type { KernelName } from "../../src/gpu/kernel.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { differentiable, makeProblem, runOnDevice } from "../support/check-op.js";
import { onOtherAdapter, useGpu } from "../support/device.js";
import { loadOpTables } from "./op-tables.js";

const gpu = useGpu({ guarded: true });
const tables = await loadOpTables();

/** Kernels that no op dispatches: the optimizer's, and the probe of a device's speed. */
const notOfOps = /^(optim|probe)\//;
/** Dispatched in one width only, by the engine itself. */
const oneWidth: readonly KernelName[] = ["elementwise/fill"];

/** All tiles that src/ops/conv-kernels.ts can pick. */
function tilesOf(name: KernelName): readonly string[] {
  if (!name.startsWith("conv2d/")) return [""];
  const perWorkgroup = [1, 2].flatMap((outputs) =>
    name === "conv2d/weight-grad"
      ? [1, 2].map((inputs) => `INPUTS=${inputs} OUTPUTS=${outputs}`)
      : [`PIXELS=8 OUTPUTS=${outputs}`],
  );
  return [16, 64].flatMap((size) => perWorkgroup.map((tile) => ` WORKGROUP=${size} ${tile}`));
}

function variantsOf(name: KernelName): readonly string[] {
  const widths = shaders[name].code.includes("// @width") && !oneWidth.includes(name) ? [1, 4] : [4];
  return widths.flatMap((width) => tilesOf(name).map((tile) => `${name} width ${width}${tile}`));
}

/** Notes every variant that the device is asked for. */
function spyOnKernels(device: Gpu): Set<string> {
  const seen = new Set<string>();
  const run = device.run.bind(device);
  device.run = (name, args, grid) => {
    const tile = Object.entries(grid.tune ?? {}).map(([constant, value]) => ` ${constant}=${String(value)}`);
    seen.add(`${name} width ${oneWidth.includes(name) ? 4 : (grid.width ?? 4)}${tile.join("")}`);
    run(name, args, grid);
  };
  return seen;
}

it("the samples of the ops run every kernel in every width and tile", async () => {
  const seen = spyOnKernels(gpu());
  for (const op of tables.values()) {
    for (const sample of op.samples) {
      const problem = makeProblem(gpu(), op, sample, () => undefined);
      const names = differentiable(problem);
      await runOnDevice(problem, names);
      await onOtherAdapter(gpu(), () => runOnDevice(problem, names));
    }
  }
  const possible = (Object.keys(shaders) as KernelName[]).filter((name) => !notOfOps.test(name)).flatMap(variantsOf);
  expect(possible.filter((variant) => !seen.has(variant))).toEqual([]);
  expect(possible.length).toBeGreaterThan(50);
});
