/** jax-js on WebGPU, for bench:peers. */
import { readFileSync } from "node:fs";
import { defaultDevice, init } from "@jax-js/jax";
import { serve, type Engine } from "../engine.js";
import { provideWebGpu } from "../webgpu-globals.js";
import { prepareConv, prepareNorm } from "./kernels.js";
import { prepareStep } from "./step.js";

/** The version in package.json, because the package does not export it. */
function version(): string {
  const file = new URL("../package.json", import.meta.url);
  const { dependencies }: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(readFileSync(file, "utf8"));
  return dependencies["@jax-js/jax"] ?? "unknown";
}

async function start(): Promise<Engine> {
  const probe = await provideWebGpu();
  await init("webgpu");
  defaultDevice("webgpu");
  return {
    hello: { version: version(), device: probe.adapter },
    counts: probe.counts,
    prepare: (work, inputs) => {
      if (work.kind === "conv") return Promise.resolve(prepareConv(work, inputs));
      return Promise.resolve(work.kind === "norm" ? prepareNorm(work, inputs) : prepareStep(work, inputs));
    },
    // jax-js submits every kernel itself.
    flush: () => Promise.resolve(),
    wait: probe.wait,
  };
}

await serve(start);
