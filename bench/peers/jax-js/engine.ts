import { defaultDevice, init } from "@jax-js/jax";
import type { DeviceProbe } from "../device-probe.js";
import type { Engine } from "../engine.js";
import peers from "../package.json" with { type: "json" };
import { prepareConv, prepareNorm } from "./kernels.js";
import { prepareStep } from "./step.js";

/** Opens jax-js on WebGPU. `device`: the adapter's name. */
export async function openJaxJs({ counts, wait }: DeviceProbe, device: string): Promise<Engine> {
  await init("webgpu");
  defaultDevice("webgpu");
  return {
    // The package does not export its version.
    hello: { version: peers.dependencies["@jax-js/jax"], device },
    counts,
    prepare: (work, inputs) => {
      if (work.kind === "conv") return Promise.resolve(prepareConv(work, inputs));
      return Promise.resolve(work.kind === "norm" ? prepareNorm(work, inputs) : prepareStep(work, inputs));
    },
    // jax-js submits every kernel itself.
    flush: () => Promise.resolve(),
    wait,
  };
}
