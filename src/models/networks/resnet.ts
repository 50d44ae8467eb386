import type { Gpu } from "../../gpu/gpu.js";
import { checkpointed } from "../../nn/checkpointed.js";
import { Conv2d, ConvTranspose2d, UpsampleConv2d } from "../../nn/conv.js";
import { joined, Sequential, stateless, type Module, type Parameter } from "../../nn/module.js";
import { normActivation, biasBefore, type Norm, type NormActivation } from "../../nn/norm.js";
import { add } from "../../ops/add.js";
import { instanceNorm } from "../../ops/norm/instance-norm.js";
import { tanh } from "../../ops/tanh.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface GeneratorOptions {
  readonly inputNc: number;
  readonly outputNc: number;
  /** Channels after the first convolution. */
  readonly ngf: number;
  readonly nBlocks: number;
  readonly norm: Norm;
  /** How the image is doubled: see `CycleGANOptions`. Default conv-transpose. */
  readonly upsample?: "conv-transpose" | "resize-conv";
  /** Keeps few activations for `backward` and computes the others again: less memory for more time. Default false. */
  readonly checkpointActivations?: boolean;
}

/** Height and width must be multiples of this: two strides of 2. */
export const GENERATOR_MULTIPLE = 4;

const RELU = 0;
const NO_ACTIVATION = 1;

/** A convolution with the norm and activation behind it. */
export interface ConvLayer {
  readonly conv: Module;
  readonly norm: NormActivation;
}

/** Two convolutions, each with its norm, whose result is added to what they were given. */
export interface BlockLayers {
  readonly first: ConvLayer;
  readonly second: ConvLayer;
}

/** A generator's layers in order, for those who run them one at a time. */
export interface GeneratorLayers {
  /** The stem, 7×7 on reflected edges, and convolutions that halve the image, 3×3 on zeros. */
  readonly down: readonly ConvLayer[];
  /** 3×3 on reflected edges. */
  readonly blocks: readonly BlockLayers[];
  /** Convolutions that double the image; output pixel i depends on pixels ⌊(i − 1) / 2⌋ to ⌊(i + 1) / 2⌋ at most. */
  readonly up: readonly ConvLayer[];
  /** 7×7 on reflected edges, with tanh behind it. */
  readonly head: Module;
}

export interface Generator extends Module {
  readonly options: GeneratorOptions;
  readonly layers: GeneratorLayers;
}

/**
 * The ResNet generator: a 7×7 stem, two convolutions of stride 2, residual blocks, two transposed convolutions (or
 * `upsample`), a 7×7 head.
 *
 * Shape: [n, h, w, inputNc] → [n, h, w, outputNc] in (−1, 1); h and w multiples of 4. Parameters are named as in the
 * reference, whose list has the reflection pads (folded into the convolutions here) and ReLUs (into the norms) as entries
 * of their own. Source: arXiv 1703.10593, appendix 7.2; networks.py's ResnetGenerator.
 */
export function buildGenerator(gpu: Gpu, options: GeneratorOptions): Generator {
  const { inputNc, outputNc, ngf, nBlocks, norm, upsample = "conv-transpose", checkpointActivations = false } = options;
  const bias = biasBefore(norm);
  const conv = (inChannels: number, outChannels: number, kernelSize: number): ConvSizes => {
    return { inChannels, outChannels, kernelSize, bias };
  };
  const doubled = (inChannels: number, outChannels: number): Module => {
    const sizes = conv(inChannels, outChannels, 3);
    if (upsample === "resize-conv") return new UpsampleConv2d(gpu, sizes, { padding: 1, paddingMode: "reflect" });
    return new ConvTranspose2d(gpu, sizes, { stride: 2, padding: 1, outputPadding: 1 });
  };
  const stem = { padding: 3, paddingMode: "reflect" } as const;
  const relu = (channels: number): NormActivation => normActivation(gpu, norm, channels, RELU);
  const down: ConvLayer[] = [
    { conv: new Conv2d(gpu, conv(inputNc, ngf, 7), stem), norm: relu(ngf) },
    { conv: new Conv2d(gpu, conv(ngf, 2 * ngf, 3), { stride: 2, padding: 1 }), norm: relu(2 * ngf) },
    { conv: new Conv2d(gpu, conv(2 * ngf, 4 * ngf, 3), { stride: 2, padding: 1 }), norm: relu(4 * ngf) },
  ];
  const blocks = Array.from({ length: nBlocks }, () => new ResidualBlock(gpu, 4 * ngf, norm));
  const up: ConvLayer[] = [
    { conv: doubled(4 * ngf, 2 * ngf), norm: relu(2 * ngf) },
    { conv: doubled(2 * ngf, ngf), norm: relu(ngf) },
  ];
  const head = new Conv2d(gpu, { ...conv(ngf, outputNc, 7), bias: "trained" }, stem);
  const afterBlocks = 10 + nBlocks;
  const end = [[afterBlocks + 7, head], [afterBlocks + 8, stateless(tanh)]] as const;
  const segments = [
    new Sequential(numbered(1, down)),
    ...blockGroups(blocks.map((block, index) => [10 + index, block])),
    new Sequential([...numbered(afterBlocks, up), ...end]),
  ];
  const whole = new Sequential([["model", joined(checkpointActivations ? segments.map(checkpointed) : segments)]]);
  return {
    forward: (x) => whole.forward(x),
    parameters: () => whole.parameters(),
    options,
    layers: { down, blocks: blocks.map(({ layers }) => layers), up, head },
  };
}

/** Convolutions and norms under their places in the reference's list, where a ReLU and the next layer's padding follow. */
function numbered(start: number, layers: readonly ConvLayer[]): (readonly [number, Module])[] {
  return layers.flatMap(({ conv, norm }, index) => {
    return [[start + 3 * index, conv], [start + 3 * index + 1, norm]] as const;
  });
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
  readonly layers: BlockLayers;
  readonly #block: Module;
  readonly #addTo: (x: Tensor, y: Tensor) => Tensor;

  constructor(gpu: Gpu, channels: number, norm: Norm) {
    const sizes = { inChannels: channels, outChannels: channels, kernelSize: 3, bias: biasBefore(norm) };
    const reflect = { padding: 1, paddingMode: "reflect" } as const;
    const first = { conv: new Conv2d(gpu, sizes, reflect), norm: normActivation(gpu, norm, channels, RELU) };
    const second = { conv: new Conv2d(gpu, sizes, reflect), norm: normActivation(gpu, norm, channels, NO_ACTIVATION) };
    this.layers = { first, second };
    const layers: [number, Module][] = [[1, first.conv], [2, first.norm], [5, second.conv]];
    // The last norm: instance norm, which has no parameters, adds x in the same pass.
    if (norm === "instance") this.#addTo = (x, y) => instanceNorm(y, NO_ACTIVATION, x);
    else {
      layers.push([6, second.norm]);
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
