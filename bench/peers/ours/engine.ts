/** Our engine, used through its public API. */
import { exportWeights, importWeights, type WeightParameter } from "../../../src/io/weights.js";
import { storeFloat32, type StoredTensor } from "../../../src/io/safetensors.js";
import {
  conv2d,
  convTranspose2d,
  CycleGANTrainer,
  defaultOptions,
  instanceNorm,
  Random,
  Tensor,
  type Gpu,
  type ImageBatch,
} from "../../../src/index.js";
import { imageShape } from "../../../src/shape.js";
import { forwardOf, gradientOf, type Arm } from "../../../src/bench/kernel-case.js";
import { adapterOf } from "../../../src/bench/report.js";
import type { Engine, PreparedWork, Sample, Tensors } from "../engine.js";
import { channelsFirst, channelsLast, type TensorKind } from "../layouts.js";
import { networks } from "../layers.js";
import type { ConvWork, NormWork, StepWork } from "../work.js";

const RELU = 0;

function load(gpu: Gpu, inputs: Tensors, name: string, kind: TensorKind): Tensor {
  const { shape, values } = channelsLast(inputs, name, kind);
  const tensor = Tensor.untracked(gpu, shape, name);
  tensor.write(values);
  return tensor;
}

/** Work with one result. */
function prepared(gpu: Gpu, armResult: Arm, kind: TensorKind, operands: readonly Tensor[]): PreparedWork {
  const arm = (repeats: number): Sample => {
    const scope = gpu.scope("sample");
    const records = Array.from({ length: repeats }, armResult);
    return { runs: records.map((record) => () => record().release()), close: () => scope.close() };
  };
  const results = async () => {
    using _scope = gpu.scope("check");
    using result = armResult()();
    const values = await result.data();
    return new Map([["result", channelsFirst({ shape: result.shape, values }, kind)]]);
  };
  const release = (): void => {
    for (const operand of operands) operand.release();
    gpu.trim();
  };
  return { arm, results, release };
}

function prepareConv(gpu: Gpu, { layer, pass }: ConvWork, inputs: Tensors): PreparedWork {
  const { stride, padding, transposed = false, reflect } = layer;
  const x = load(gpu, inputs, "x", "image");
  const weight = load(gpu, inputs, "weight", "kernel");
  const dy = load(gpu, inputs, "dy", "image");
  const op = transposed
    ? () => convTranspose2d(x, weight, undefined, { stride, padding, outputPadding: stride - 1 })
    : () => conv2d(x, weight, undefined, { stride, padding, paddingMode: reflect ? "reflect" : "zeros" });
  const operands = [x, weight, dy];
  if (pass === "forward") return prepared(gpu, forwardOf(op), "image", operands);
  if (pass === "input gradient") return prepared(gpu, gradientOf(op, x.withGrad(), dy), "image", operands);
  return prepared(gpu, gradientOf(op, weight.withGrad(), dy), "kernel", operands);
}

function prepareNorm(gpu: Gpu, { pass }: NormWork, inputs: Tensors): PreparedWork {
  const x = load(gpu, inputs, "x", "image");
  const dy = load(gpu, inputs, "dy", "image");
  const op = () => instanceNorm(x, RELU);
  if (pass === "forward") return prepared(gpu, forwardOf(op), "image", [x, dy]);
  const leaf = x.withGrad();
  return prepared(gpu, () => () => gradientOf(op, leaf, dy)()(), "image", [x, dy]);
}

function prepareStep(gpu: Gpu, { ngf, ndf, nBlocks }: StepWork, inputs: Tensors): PreparedWork {
  const trainer = new CycleGANTrainer(gpu, { ...defaultOptions, ngf, ndf, nBlocks }, new Random(1));
  const parameters = new Map<string, WeightParameter & { readonly tensor: Tensor }>();
  for (const network of networks) {
    for (const [name, parameter] of trainer.networks[network].parameters()) parameters.set(`${network}.${name}`, parameter);
  }
  const weights = new Map([...inputs].filter(([name]) => parameters.has(name)));
  importWeights({ parameters: () => parameters }, weights, "inputs");
  const image = (name: string): ImageBatch => {
    const { shape, values } = channelsLast(inputs, name, "image");
    return { shape: imageShape("inputs", name, shape), data: values };
  };
  const [realA, realB] = [image("real_A"), image("real_B")];
  const step = () => trainer.step({ A: realA, B: realB });
  const results = async () => {
    await step();
    const stored = new Map<string, StoredTensor>();
    for (const [name, loss] of Object.entries(await trainer.losses())) {
      stored.set(`loss ${name}`, storeFloat32([1], new Float32Array([loss])));
    }
    const gradients = new Map<string, WeightParameter>();
    for (const [name, { kind, tensor }] of parameters) {
      if (tensor.grad) gradients.set(`gradient ${name}`, { kind, tensor: tensor.grad });
    }
    return new Map([...stored, ...(await exportWeights({ parameters: () => gradients }))]);
  };
  const arm = (repeats: number): Sample => ({ runs: Array.from({ length: repeats }, () => step) });
  return { arm, results, release: () => trainer.dispose() };
}

/** Our engine on a device. */
export function ourEngine(gpu: Gpu): Engine {
  const { name, driver } = adapterOf(gpu);
  return {
    hello: { version: "this", device: `${name} (${driver})` },
    counts: () => gpu.stats,
    prepare: (work, inputs) => {
      if (work.kind === "conv") return Promise.resolve(prepareConv(gpu, work, inputs));
      return Promise.resolve(work.kind === "norm" ? prepareNorm(gpu, work, inputs) : prepareStep(gpu, work, inputs));
    },
    flush: () => Promise.resolve(gpu.queue.flush()),
    wait: async () => {
      await gpu.device.queue.onSubmittedWorkDone();
    },
  };
}
