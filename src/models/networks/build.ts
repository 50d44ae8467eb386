/** Builds the module of an architecture, with its fused kernels. */
import { MisuseError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { checkpointed } from "../../nn/checkpointed.js";
import { Conv2d, ConvTranspose2d, UpsampleConv2d, type BiasKind } from "../../nn/conv.js";
import { dropoutLayer, type DropoutMasks } from "../../nn/dropout.js";
import { joined, Sequential, stateless, titled, type Module, type Parameter } from "../../nn/module.js";
import { biasBefore, normActivation, type NormActivation } from "../../nn/norm.js";
import { Resample2d } from "../../nn/resample.js";
import { SpectralConv2d } from "../../nn/spectral-conv.js";
import { add } from "../../ops/elementwise/add.js";
import { leakyRelu } from "../../ops/elementwise/leaky-relu.js";
import { tanh } from "../../ops/elementwise/tanh.js";
import { maxPool2d } from "../../ops/image/pool2d.js";
import { instanceNorm } from "../../ops/norm/instance-norm.js";
import { concat } from "../../ops/shape/concat.js";
import type { Tensor } from "../../tensor/tensor.js";
import { placed, type Architecture, type ConvLayer, type PlacedLayer, type ResampleLayer } from "./layer.js";

const NO_ACTIVATION = 1;

/** A convolution with the norm and activation after it, for code that runs a network part by part. */
export interface ConvPart {
  readonly kind: "conv";
  readonly layer: ConvLayer;
  readonly conv: Module;
  /** Absent if no norm follows, as at the end of a network. */
  readonly norm: NormActivation | undefined;
}

/** Convolutions whose result is added to the input of the first. */
export interface ResidualPart {
  readonly kind: "residual";
  readonly parts: readonly ConvPart[];
}

/** Parts whose result becomes further channels of the first one's input. */
export interface SkipPart {
  readonly kind: "skip";
  readonly parts: readonly Part[];
}

/** A fixed filter that halves or doubles the image. */
export interface ResamplePart {
  readonly kind: "resample";
  readonly layer: ResampleLayer;
  readonly forward: (x: Tensor) => Tensor;
}

/** Parts whose result is added to that of a convolution of the first one's input. */
export interface SumPart {
  readonly kind: "sum";
  readonly side: ConvPart;
  readonly parts: readonly Part[];
}

/** An activation without a norm before it, a max-pool, or dropout. */
export interface ActivationPart {
  readonly kind: "activation";
  readonly forward: (x: Tensor) => Tensor;
}

export type Part = ConvPart | ResidualPart | SkipPart | SumPart | ResamplePart | ActivationPart;

export interface Network extends Module {
  readonly architecture: Architecture;
  /** The parts that `forward` runs, in order. */
  readonly parts: readonly Part[];
  /**
   * The layers whose activations are available, by their names in PyTorch's list, such as `model.10`. Reflection pads are missing,
   * because the convolution computes them, and so are norms before a ReLU, because the two are one kernel, and the layers
   * inside residual and skip layers. Those inside a sum come before it.
   */
  readonly layerNames: readonly string[];
  /**
   * The activations of these layers, in the network's order. Layers after the last one do not run. Gradients flow through all
   * of them. `checkpointActivations` has no effect here.
   *
   * Throws MisuseError for a name that is not in `layerNames`.
   */
  activations(x: Tensor, names: readonly string[]): ReadonlyMap<string, Tensor>;
}

export interface BuildOptions {
  /** Keeps only a few activations for `backward` and computes the others again: less memory, more time. Default false. */
  readonly checkpointActivations?: boolean;
  /** The masks of dropout layers, if there are any and they are trained. */
  readonly dropoutMasks?: DropoutMasks;
  /**
   * The names of further layers whose `activations` are available: norms before a ReLU, with which they otherwise are one kernel.
   * A convolution among them trains its bias, which otherwise is constant if an instance norm follows.
   */
  readonly tapped?: readonly string[];
}

/**
 * The module of an architecture. Reflection pads are folded into the convolutions, activations into the norms before them, and
 * the sum of a residual layer into its last norm if that is an instance norm. Parameters have PyTorch's names.
 */
export function buildNetwork(gpu: Gpu, architecture: Architecture, options: BuildOptions = {}): Network {
  const { checkpointActivations = false, dropoutMasks, tapped = [] } = options;
  const built = buildLayers({ gpu, masks: dropoutMasks, tapped }, placed(architecture));
  const segments = segmentsOf(built);
  const whole = joined(checkpointActivations ? segments.map(checkpointed) : segments);
  const steps = built.flatMap(({ steps: own }) => own);
  return {
    forward: (x) => whole.forward(x),
    parameters: () => whole.parameters(),
    architecture,
    parts: built.map(({ part }) => part),
    layerNames: outputsOf(steps),
    activations: (x, names) => activationsOf(steps, x, names),
  };
}

/** One module of a network. */
interface Step {
  /** The layer that has the parameters, with whose place their names begin. Those of a sum have whole names. */
  readonly name: string;
  /** The layer whose activation it computes: the last of the fused ones. */
  readonly output: string;
  readonly module: Module;
  /** The ways through a sum, each of which begins with its input. */
  readonly ways?: readonly (readonly Step[])[];
}

/** The layers whose activations some steps compute, in order. */
function outputsOf(steps: readonly Step[]): string[] {
  return steps.flatMap(({ output, ways = [] }) => [...ways.flatMap(outputsOf), output]);
}

/** A part with the modules that compute it. */
interface Built {
  readonly part: Part;
  readonly steps: readonly Step[];
}

function activationsOf(steps: readonly Step[], x: Tensor, names: readonly string[]): ReadonlyMap<string, Tensor> {
  const known = outputsOf(steps);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new MisuseError(`activations: expected names of layers among ${known.join(", ")}, got "${unknown}".`);
  }
  using scope = x.gpu.scope("activations");
  const found = new Map<string, Tensor>();
  const last = steps.findLastIndex((step) => outputsOf([step]).some((name) => names.includes(name)));
  let value = x;
  for (const [index, { name, output, module, ways = [] }] of steps.slice(0, last + 1).entries()) {
    for (const way of ways) {
      const inside = outputsOf(way);
      for (const [key, tensor] of activationsOf(way, value, names.filter((wanted) => inside.includes(wanted)))) found.set(key, scope.keep(tensor));
    }
    if (index === last && !names.includes(output)) break;
    const next = titled(name, module).forward(value);
    if (next !== value) scope.drop(value);
    if (names.includes(output)) found.set(output, scope.keep(next));
    value = next;
  }
  return found;
}

interface Context {
  readonly gpu: Gpu;
  readonly masks: DropoutMasks | undefined;
  readonly tapped: readonly string[];
}

function buildLayers(context: Context, layers: readonly PlacedLayer[]): Built[] {
  return layers.flatMap(({ name, layer, inner }, at) => {
    switch (layer.kind) {
      case "conv":
      case "convTranspose":
        return [buildConv(context, name, layer, layers.slice(at + 1))];
      case "residual": {
        const module = new ResidualBlock(context, inner);
        return [{ part: { kind: "residual", parts: module.parts }, steps: [{ name, output: name, module }] }];
      }
      case "skip": {
        const module = new SkipBlock(context, inner);
        return [{ part: { kind: "skip", parts: module.parts }, steps: [{ name, output: name, module }] }];
      }
      case "blurPool":
      case "upsampleBilinear": {
        const module = new Resample2d(context.gpu, layer.kind, layer.channels);
        const forward = (x: Tensor): Tensor => module.forward(x);
        return [{ part: { kind: "resample", layer, forward }, steps: [{ name, output: name, module }] }];
      }
      case "sum": {
        const module = new SumBlock(context, inner);
        return [{ part: module.part, steps: [{ name, output: name, module, ways: module.ways }] }];
      }
      case "norm": {
        const before = layers[at - 1]?.layer;
        if (before && "kernel" in before) return []; // built with it
        throw new MisuseError(`${name}: expected a convolution before a norm, got ${before?.kind ?? "nothing"}.`);
      }
      case "relu":
        return isFused(context, layers[at - 1]) ? [] : [buildActivation(name, (x) => leakyRelu(x, layer.slope))];
      case "tanh":
        return [buildActivation(name, tanh)];
      case "maxPool":
        return [buildActivation(name, (x) => maxPool2d(x, { kernelSize: layer.size }))];
      case "dropout":
        return [buildActivation(name, dropoutLayer(name, layer.p, context.masks))];
    }
  });
}

/** Whether the activation after this layer is part of its kernel. */
function isFused({ tapped }: Context, before: PlacedLayer | undefined): boolean {
  return before?.layer.kind === "norm" && !tapped.includes(before.name);
}

function buildActivation(name: string, forward: (x: Tensor) => Tensor): Built {
  return { part: { kind: "activation", forward }, steps: [{ name, output: name, module: stateless(forward) }] };
}

/** A convolution with the norm and the ReLU that may follow it. */
function buildConv(
  context: Context,
  name: string,
  layer: ConvLayer,
  [first, second]: readonly PlacedLayer[],
): { readonly part: ConvPart; readonly steps: readonly Step[] } {
  const normLayer = first?.layer.kind === "norm" ? first.layer : undefined;
  const { gpu, tapped } = context;
  const constant = normLayer && !tapped.includes(name);
  const bias = !layer.bias ? "none" : constant ? biasBefore(normLayer.norm) : "trained";
  const conv = convOf(gpu, name, layer, bias);
  const step = { name, output: name, module: conv };
  if (!first || !normLayer) return { part: { kind: "conv", layer, conv, norm: undefined }, steps: [step] };
  const relu = second?.layer.kind === "relu" && isFused(context, first) ? second.layer : undefined;
  const norm = normActivation(gpu, normLayer.norm, normLayer.channels, relu?.slope ?? NO_ACTIVATION, normLayer.trackRunningStats);
  const normStep = { name: first.name, output: (relu && second ? second : first).name, module: norm };
  return { part: { kind: "conv", layer, conv, norm }, steps: [step, normStep] };
}

function convOf(gpu: Gpu, name: string, layer: ConvLayer, bias: BiasKind): Module {
  const { kind, from, to, kernel, stride, padding, outputPadding, edges, upsample, spectralNorm } = layer;
  if (spectralNorm && (kind === "convTranspose" || upsample)) {
    throw new MisuseError(`${name}: expected spectral norm of a plain convolution, got it of one that doubles the image.`);
  }
  const sizes = { inChannels: from, outChannels: to, kernelSize: kernel, bias };
  if (kind === "convTranspose") return new ConvTranspose2d(gpu, sizes, { stride, padding, outputPadding });
  const options = { stride, padding, ...(edges === "reflect" && { paddingMode: "reflect" as const }) };
  if (upsample) return new UpsampleConv2d(gpu, sizes, options);
  return spectralNorm ? new SpectralConv2d(gpu, sizes, options) : new Conv2d(gpu, sizes, options);
}

/**
 * Groups of parts, of which `checkpointActivations` keeps only the ends. n residual layers in a row make √n groups of √n, the
 * sizes that need least memory. The parts between such rows make one group. Source: arXiv 1604.06174, section 4.
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
      return wholeNamed(run.slice(group * size, (group + 1) * size).flatMap(({ steps }) => steps));
    });
  });
}

/** The modules, whose parameters have their names in the file. */
function wholeNamed(steps: readonly Step[]): Module {
  return joined(steps.map(({ name, module }) => (module instanceof SumBlock ? titled(name, module) : new Sequential([[name, module]]))));
}

/** The modules under their places in PyTorch's list. */
function sequenceOf(steps: readonly Step[]): Module {
  return new Sequential(steps.map(({ name, module }) => [name.slice(name.lastIndexOf(".") + 1), module]));
}

/** y = x + layers(x). */
class ResidualBlock implements Module {
  readonly parts: readonly ConvPart[];
  readonly #block: Module;
  readonly #addTo: (x: Tensor, y: Tensor) => Tensor;

  constructor(context: Context, layers: readonly PlacedLayer[]) {
    const built = buildLayers(context, layers);
    this.parts = built.flatMap(({ part }) => (part.kind === "conv" ? [part] : []));
    const steps = built.flatMap((one) => one.steps);
    // An instance norm at the end has no parameters, and adds x in the same pass.
    const last = layers.at(-1)?.layer;
    const fused = last?.kind === "norm" && last.norm === "instance";
    this.#addTo = fused ? (x, y) => instanceNorm(y, NO_ACTIVATION, x) : add;
    this.#block = new Sequential([["conv_block", sequenceOf(fused ? steps.slice(0, -1) : steps)]]);
  }

  forward(x: Tensor): Tensor {
    using scope = x.gpu.scope("residual block");
    return scope.keep(this.#addTo(x, this.#block.forward(x)));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return this.#block.parameters();
  }
}

/** y = [x, layers(x)] along the channels. */
class SkipBlock implements Module {
  readonly parts: readonly Part[];
  readonly #block: Module;

  constructor(context: Context, layers: readonly PlacedLayer[]) {
    const built = buildLayers(context, layers);
    this.parts = built.map(({ part }) => part);
    this.#block = new Sequential([["model", sequenceOf(built.flatMap(({ steps }) => steps))]]);
  }

  forward(x: Tensor): Tensor {
    using scope = x.gpu.scope("skip block");
    return scope.keep(concat(x, this.#block.forward(x)));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return this.#block.parameters();
  }
}

/** y = side(x) + layers(x). */
class SumBlock implements Module {
  readonly part: SumPart;
  readonly ways: readonly (readonly Step[])[];
  readonly #side: Module;
  readonly #layers: Module;

  constructor(context: Context, [side, ...layers]: readonly PlacedLayer[]) {
    if (!side || !("kernel" in side.layer)) throw new MisuseError("a sum: expected a convolution as its side.");
    const built = buildLayers(context, layers);
    const { part, steps } = buildConv(context, side.name, side.layer, []);
    this.part = { kind: "sum", side: part, parts: built.map((one) => one.part) };
    this.ways = [steps, built.flatMap((one) => one.steps)];
    this.#side = wholeNamed(steps);
    this.#layers = wholeNamed(built.flatMap((one) => one.steps));
  }

  forward(x: Tensor): Tensor {
    using scope = x.gpu.scope("sum");
    return scope.keep(add(this.#side.forward(x), this.#layers.forward(x)));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return joined([this.#layers, this.#side]).parameters();
  }
}
