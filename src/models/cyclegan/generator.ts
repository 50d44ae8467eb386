import type { Gpu } from "../../gpu/gpu.js";
import { checkpointed } from "../../nn/checkpointed.js";
import { Conv2d, ConvTranspose2d } from "../../nn/conv.js";
import { joined, Sequential, stateless, type Module, type Parameter } from "../../nn/module.js";
import { normActivation, biasBefore, type Norm } from "../../nn/norm.js";
import { add } from "../../ops/add.js";
import { instanceNorm } from "../../ops/instance-norm.js";
import { tanh } from "../../ops/tanh.js";
import type { Tensor } from "../../tensor.js";

export interface GeneratorOptions {
  readonly inputNc: number;
  readonly outputNc: number;
  /** Channels after the first convolution. */
  readonly ngf: number;
  readonly nBlocks: number;
  readonly norm: Norm;
  /** Keeps few activations for `backward` and computes the others again: less memory for more time. Default false. */
  readonly checkpointActivations?: boolean;
}

/** Height and width must be multiples of this: two strides of 2. */
export const GENERATOR_MULTIPLE = 4;

const RELU = 0;
const NO_ACTIVATION = 1;

/**
 * The ResNet generator: a 7×7 stem, two convolutions of stride 2, residual blocks, two transposed convolutions, a 7×7 head.
 *
 * Shape: [n, h, w, inputNc] → [n, h, w, outputNc] in (−1, 1); h and w multiples of 4. Parameters are named as in the
 * reference, whose list has the reflection pads (folded into the convolutions here) and ReLUs (into the norms) as entries
 * of their own. Source: arXiv 1703.10593, appendix 7.2; networks.py's ResnetGenerator.
 */
export function buildGenerator(gpu: Gpu, options: GeneratorOptions): Module {
  const { inputNc, outputNc, ngf, nBlocks, norm, checkpointActivations = false } = options;
  const bias = biasBefore(norm);
  const conv = (inChannels: number, outChannels: number, kernelSize: number): ConvSizes => {
    return { inChannels, outChannels, kernelSize, bias };
  };
  const doubling = { stride: 2, padding: 1, outputPadding: 1 };
  const stem = { padding: 3, paddingMode: "reflect" } as const;
  const relu = (channels: number): Module => normActivation(gpu, norm, channels, RELU);
  const afterBlocks = 10 + nBlocks;
  const down = new Sequential([
    [1, new Conv2d(gpu, conv(inputNc, ngf, 7), stem)],
    [2, relu(ngf)],
    [4, new Conv2d(gpu, conv(ngf, 2 * ngf, 3), { stride: 2, padding: 1 })],
    [5, relu(2 * ngf)],
    [7, new Conv2d(gpu, conv(2 * ngf, 4 * ngf, 3), { stride: 2, padding: 1 })],
    [8, relu(4 * ngf)],
  ]);
  const blocks = Array.from({ length: nBlocks }, (_, index) => [10 + index, new ResidualBlock(gpu, 4 * ngf, norm)] as const);
  const up = new Sequential([
    [afterBlocks, new ConvTranspose2d(gpu, conv(4 * ngf, 2 * ngf, 3), doubling)],
    [afterBlocks + 1, relu(2 * ngf)],
    [afterBlocks + 3, new ConvTranspose2d(gpu, conv(2 * ngf, ngf, 3), doubling)],
    [afterBlocks + 4, relu(ngf)],
    [afterBlocks + 7, new Conv2d(gpu, { ...conv(ngf, outputNc, 7), bias: "trained" }, stem)],
    [afterBlocks + 8, stateless(tanh)],
  ]);
  const segments = [down, ...blockGroups(blocks), up];
  return new Sequential([["model", joined(checkpointActivations ? segments.map(checkpointed) : segments)]]);
}

type ConvSizes = ConstructorParameters<typeof Conv2d>[1];

/**
 * The blocks in √n groups of √n, the sizes that keep least where only the groups' ends are kept. Source: arXiv 1604.06174,
 * section 4.
 */
function blockGroups(blocks: readonly (readonly [number, Module])[]): Module[] {
  const size = Math.ceil(Math.sqrt(blocks.length));
  return Array.from({ length: Math.ceil(blocks.length / size) }, (_, group) => {
    return new Sequential(blocks.slice(group * size, (group + 1) * size));
  });
}

/** y = x + norm(conv(relu(norm(conv(x))))), 3×3 convolutions on reflected edges; no activation after the sum. */
class ResidualBlock implements Module {
  readonly #block: Module;
  readonly #addTo: (x: Tensor, y: Tensor) => Tensor;

  constructor(gpu: Gpu, channels: number, norm: Norm) {
    const sizes = { inChannels: channels, outChannels: channels, kernelSize: 3, bias: biasBefore(norm) };
    const reflect = { padding: 1, paddingMode: "reflect" } as const;
    const layers: [number, Module][] = [
      [1, new Conv2d(gpu, sizes, reflect)],
      [2, normActivation(gpu, norm, channels, RELU)],
      [5, new Conv2d(gpu, sizes, reflect)],
    ];
    // The last norm: instance norm, which has no parameters, adds x in the same pass.
    if (norm === "instance") this.#addTo = (x, y) => instanceNorm(y, NO_ACTIVATION, x);
    else {
      layers.push([6, normActivation(gpu, norm, channels, NO_ACTIVATION)]);
      this.#addTo = add;
    }
    this.#block = new Sequential([["conv_block", new Sequential(layers)]]);
  }

  forward(x: Tensor): Tensor {
    using scope = x.gpu.scope("residual block");
    return scope.keep(this.#addTo(x, this.#block.forward(x)));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return this.#block.parameters();
  }
}
