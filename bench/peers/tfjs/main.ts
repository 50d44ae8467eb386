/** TensorFlow.js on WebGPU, for bench:peers. */
import { serve, type Engine } from "../engine.js";
import { probe, tf, WebGPUBackend } from "./backend.js";
import { prepareConv, prepareNorm } from "./kernels.js";
import { prepareStep } from "./step.js";

async function start(): Promise<Engine> {
  await tf.setBackend("webgpu");
  const backend = tf.backend();
  if (!(backend instanceof WebGPUBackend)) throw new Error(`expected WebGPU, got ${tf.getBackend()}.`);
  tf.enableProdMode();
  return {
    hello: { version: tf.version_core, device: probe.adapter },
    counts: probe.counts,
    prepare: (work, inputs) => {
      if (work.kind === "conv") return Promise.resolve(prepareConv(work, inputs));
      return Promise.resolve(work.kind === "norm" ? prepareNorm(work, inputs) : prepareStep(work, inputs));
    },
    flush: () => {
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
      return Promise.resolve();
    },
    wait: probe.wait,
  };
}

await serve(start);
