/** Builds the module of an architecture, with its fused kernels. */
import type { Gpu } from "../../gpu/gpu.js";
import { checkpointed } from "../../nn/checkpointed.js";
import { Conv2d, ConvTranspose2d, UpsampleConv2d, type BiasKind } from "../../nn/conv.js";
import { joined, Sequential, stateless, type Module, type Parameter } from "../../nn/module.js";
import { biasBefore, normActivation, type NormActivation } from "../../nn/norm.js";
import { SpectralConv2d } from "../../nn/spectral-conv.js";
import { add } from "../../ops/add.js";
import { leakyRelu } from "../../ops/leaky-relu.js";
import { instanceNorm } from "../../ops/norm/instance-norm.js";
import { tanh } from "../../ops/tanh.js";
import type { Tensor } from "../../tensor/tensor.js";
import { placed, type Architecture, type ConvLayer, type PlacedLayer } from "./layer.js";

const NO_ACTIVATION = 1;

/** A convolution with the norm and activation behind it, for those who run a network part by part. */
export interface ConvPart {
  readonly kind: "conv";
  readonly layer: ConvLayer;
  readonly conv: Module;
  /** Absent if there is no norm behind it, as at the end. */
  readonly norm: NormActivation | undefined;
}

/** Convolutions whose result is added to what the first was given. */
export interface ResidualPart {
  readonly kind: "residual";
  readonly parts: readonly ConvPart[];
}

/** An activation without a norm before it. */
export interface ActivationPart {
  readonly kind: "activation";
  readonly forward: (x: Tensor) => Tensor;
}

export type Part = ConvPart | ResidualPart | ActivationPart;

export interface Network extends Module {
  readonly architecture: Architecture;
  /** What `forward` runs, in order. */
  readonly parts: readonly Part[];
}

export interface BuildOptions {
  /** Keeps few activations for `backward` and computes the others again: less memory for more time. Default false. */
  readonly checkpointActivations?: boolean;
}

/**
 * The module of an architecture. Reflection pads are folded into the convolutions, activations into the norms before them, and
 * the sum of a residual layer into its last norm if that is an instance norm. Parameters have PyTorch's names.
 */
export function buildNetwork(gpu: Gpu, architecture: Architecture, { checkpointActivations = false }: BuildOptions = {}): Network {
  const built = buildLayers(gpu, placed(architecture));
  const segments = segmentsOf(built);
  const whole = new Sequential([[architecture.list, joined(checkpointActivations ? segments.map(checkpointed) : segments)]]);
  return {
    forward: (x) => whole.forward(x),
    parameters: () => whole.parameters(),
    architecture,
    parts: built.map(({ part }) => part),
  };
}

/** A part with its modules under their places in PyTorch's list. */
interface Built {
  readonly part: Part;
  readonly modules: readonly (readonly [place: string, module: Module])[];
}

const placeOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

function buildLayers(gpu: Gpu, layers: readonly PlacedLayer[]): Built[] {
  const built: Built[] = [];
  for (let at = 0; at < layers.length; at++) {
    const { name, layer, inner } = layers[at] ?? raise();
    if (layer.kind === "residual") {
      const block = new ResidualBlock(gpu, inner);
      built.push({ part: { kind: "residual", parts: block.parts }, modules: [[placeOf(name), block]] });
    } else if ("kernel" in layer) {
      const norm = layers[at + 1];
      const activation = layers[at + 2]?.layer;
      const slope = activation?.kind === "relu" ? activation.slope : NO_ACTIVATION;
      const isNormed = norm?.layer.kind === "norm";
      built.push(buildConv(gpu, name, layer, isNormed ? norm : undefined, slope));
      if (isNormed) at += slope === NO_ACTIVATION ? 1 : 2;
    } else {
      const forward = (x: Tensor): Tensor => (layer.kind === "relu" ? leakyRelu(x, layer.slope) : tanh(x));
      built.push({ part: { kind: "activation", forward }, modules: [[placeOf(name), stateless(forward)]] });
    }
  }
  return built;
}

function raise(): never {
  throw new RangeError("there is a layer at every place");
}

function buildConv(gpu: Gpu, name: string, layer: ConvLayer, normAt: PlacedLayer | undefined, slope: number): Built {
  const normLayer = normAt?.layer.kind === "norm" ? normAt.layer : undefined;
  const bias = layer.bias && normLayer ? biasBefore(normLayer.norm) : layer.bias ? "trained" : "none";
  const conv = convOf(gpu, layer, bias);
  if (!normAt || !normLayer) return { part: { kind: "conv", layer, conv, norm: undefined }, modules: [[placeOf(name), conv]] };
  const norm = normActivation(gpu, normLayer.norm, normLayer.channels, slope);
  return { part: { kind: "conv", layer, conv, norm }, modules: [[placeOf(name), conv], [placeOf(normAt.name), norm]] };
}

function convOf(gpu: Gpu, { kind, from, to, kernel, stride, padding, edges, upsample, spectralNorm }: ConvLayer, bias: BiasKind): Module {
  const sizes = { inChannels: from, outChannels: to, kernelSize: kernel, bias };
  if (kind === "convTranspose") return new ConvTranspose2d(gpu, sizes, { stride, padding, outputPadding: stride - 1 });
  const options = { stride, padding, ...(edges === "reflect" && { paddingMode: "reflect" as const }) };
  if (upsample) return new UpsampleConv2d(gpu, sizes, options);
  return spectralNorm ? new SpectralConv2d(gpu, sizes, options) : new Conv2d(gpu, sizes, options);
}

/**
 * Parts in groups, of which `checkpointActivations` keeps only the ends: n residual layers in a row make √n groups of √n, the
 * sizes that keep least; what lies between makes one. Source: arXiv 1604.06174, section 4.
 */
function segmentsOf(built: readonly Built[]): Module[] {
  const runs: Built[][] = [];
  for (const one of built) {
    const last = runs.at(-1);
    const isAlike = (last?.[0]?.part.kind === "residual") === (one.part.kind === "residual");
    if (last && isAlike) last.push(one);
    else runs.push([one]);
  }
  return runs.flatMap((run) => {
    const size = run[0]?.part.kind === "residual" ? Math.ceil(Math.sqrt(run.length)) : run.length;
    return Array.from({ length: Math.ceil(run.length / size) }, (_, group) => {
      return new Sequential(run.slice(group * size, (group + 1) * size).flatMap(({ modules }) => modules));
    });
  });
}

/** y = x + layers(x). */
class ResidualBlock implements Module {
  readonly parts: readonly ConvPart[];
  readonly #block: Module;
  readonly #addTo: (x: Tensor, y: Tensor) => Tensor;

  constructor(gpu: Gpu, layers: readonly PlacedLayer[]) {
    const built = buildLayers(gpu, layers);
    this.parts = built.flatMap(({ part }) => (part.kind === "conv" ? [part] : []));
    const modules = built.flatMap((one) => one.modules);
    // An instance norm at the end, which has no parameters, adds x in the same pass.
    const last = layers.at(-1)?.layer;
    const fused = last?.kind === "norm" && last.norm === "instance";
    this.#addTo = fused ? (x, y) => instanceNorm(y, NO_ACTIVATION, x) : add;
    this.#block = new Sequential([["conv_block", new Sequential(fused ? modules.slice(0, -1) : modules)]]);
  }

  forward(x: Tensor): Tensor {
    using scope = x.gpu.scope("residual block");
    return scope.keep(this.#addTo(x, this.#block.forward(x)));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return this.#block.parameters();
  }
}
