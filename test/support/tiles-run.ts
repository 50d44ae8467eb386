import type { Gpu } from "../../src/gpu/gpu.js";
import { tiles } from "../../src/ops/conv/tile.js";
import { engineKernel } from "./engine-kernel.js";

type Tune = Readonly<Record<string, number | undefined>>;

/** The tiled kernels that `run` dispatches, each described by its tile and by how many vec4 of the depth are unrolled. */
export async function tilesRun(gpu: Gpu, run: () => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  const dispatch = gpu.run.bind(gpu);
  gpu.run = (kernel, args, grid) => {
    const name = engineKernel(kernel);
    if (name.endsWith("-tiled")) found.push(describeTile(grid.tune ?? {}, name.includes("-grad-")));
    dispatch(kernel, args, grid);
  };
  try {
    await run();
  } finally {
    Reflect.deleteProperty(gpu, "run");
  }
  return found;
}

/** Describes a tile. `inNumbers`: the kernel's parameters count rows in vec4 and the depth in numbers. */
function describeTile(tune: Tune, inNumbers: boolean): string {
  const { WORKGROUP, COLUMNS, PIXELS, HEIGHT, INPUTS, OUTPUTS, WIDTH, UNROLL = Number.NaN } = tune;
  const rows = (PIXELS ?? INPUTS ?? HEIGHT ?? Number.NaN) * (inNumbers ? 4 : 1);
  const tile = Object.entries(tiles).find(
    ([, each]) => each.WORKGROUP === WORKGROUP && each.COLUMNS === COLUMNS && each.PIXELS === rows && each.OUTPUTS === (OUTPUTS ?? WIDTH),
  );
  return `${tile?.[0]} unroll ${UNROLL / (inNumbers ? 4 : 1)}`;
}
