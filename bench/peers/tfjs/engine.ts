import type { DeviceProbe } from "../device-probe.js";
import type { Engine } from "../engine.js";
import { tf, WebGPUBackend } from "./backend.js";
import { prepareConv, prepareNorm } from "./kernels.js";
import { prepareStep } from "./step.js";

/** Opens TensorFlow.js on WebGPU. `device`: the adapter's name. */
export async function openTfjs({ counts, wait }: DeviceProbe, device: string): Promise<Engine> {
  await tf.setBackend("webgpu");
  const backend = tf.backend();
  if (!(backend instanceof WebGPUBackend)) throw new Error(`expected WebGPU, got ${tf.getBackend()}.`);
  tf.enableProdMode();
  return {
    hello: { version: tf.version_core, device },
    counts,
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
    wait,
  };
}
