/** The networks of the training step as lists of layers. Every engine except ours and PyTorch builds its networks from these. */
import type { StepWork } from "./work.js";

/** One convolution of a network with its norm and activation. It has a weight, and a bias unless a norm removes its effect. */
export interface Layer {
  /** The prefix of the parameters' names in PyTorch. */
  readonly name: string;
  readonly kind: "conv" | "convTranspose";
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly padding: number;
  readonly reflect: boolean;
  readonly norm: boolean;
  readonly activation: "relu" | "leakyRelu" | "tanh" | "none";
  /** `begin`: the input is saved. `end`: the saved input is added to the output. */
  readonly residual?: "begin" | "end";
}

export const networks = ["G_A", "G_B", "D_A", "D_B"] as const;
export type NetworkName = (typeof networks)[number];

const RGB = 3;
const normed = { norm: true, activation: "relu" } as const;

function block(name: string, channels: number): Layer[] {
  const sizes = { inChannels: channels, outChannels: channels, kernel: 3, stride: 1, padding: 1 } as const;
  const conv = { kind: "conv", ...sizes, reflect: true, norm: true } as const;
  return [
    { name: `${name}.conv_block.1`, ...conv, activation: "relu", residual: "begin" },
    { name: `${name}.conv_block.5`, ...conv, activation: "none", residual: "end" },
  ];
}

function generator({ ngf, nBlocks }: StepWork): Layer[] {
  const end = { kind: "conv", kernel: 7, stride: 1, padding: 3, reflect: true } as const;
  const scaling = { kernel: 3, stride: 2, padding: 1, reflect: false, ...normed } as const;
  const after = 10 + nBlocks;
  return [
    { name: "model.1", ...end, inChannels: RGB, outChannels: ngf, ...normed },
    { name: "model.4", kind: "conv", ...scaling, inChannels: ngf, outChannels: 2 * ngf },
    { name: "model.7", kind: "conv", ...scaling, inChannels: 2 * ngf, outChannels: 4 * ngf },
    ...Array.from({ length: nBlocks }, (_, index) => block(`model.${10 + index}`, 4 * ngf)).flat(),
    { name: `model.${after}`, kind: "convTranspose", ...scaling, inChannels: 4 * ngf, outChannels: 2 * ngf },
    { name: `model.${after + 3}`, kind: "convTranspose", ...scaling, inChannels: 2 * ngf, outChannels: ngf },
    { name: `model.${after + 7}`, ...end, inChannels: ngf, outChannels: RGB, norm: false, activation: "tanh" },
  ];
}

function discriminator({ ndf }: StepWork): Layer[] {
  const patch = { kind: "conv", kernel: 4, padding: 1, reflect: false } as const;
  const leaky = { norm: true, activation: "leakyRelu" } as const;
  return [
    { name: "model.0", ...patch, stride: 2, inChannels: RGB, outChannels: ndf, ...leaky, norm: false },
    { name: "model.2", ...patch, stride: 2, inChannels: ndf, outChannels: 2 * ndf, ...leaky },
    { name: "model.5", ...patch, stride: 2, inChannels: 2 * ndf, outChannels: 4 * ndf, ...leaky },
    { name: "model.8", ...patch, stride: 1, inChannels: 4 * ndf, outChannels: 8 * ndf, ...leaky },
    { name: "model.11", ...patch, stride: 1, inChannels: 8 * ndf, outChannels: 1, norm: false, activation: "none" },
  ];
}

export function layersOf(network: NetworkName, work: StepWork): readonly Layer[] {
  return network === "G_A" || network === "G_B" ? generator(work) : discriminator(work);
}

/** The shape of a layer's weight in PyTorch's order: [out, in, kh, kw], or [in, out, kh, kw] if it is transposed. */
export function weightShape({ kind, inChannels, outChannels, kernel }: Layer): readonly number[] {
  return kind === "conv" ? [outChannels, inChannels, kernel, kernel] : [inChannels, outChannels, kernel, kernel];
}

/** Names of the parameters whose gradients are not zero. A bias before a norm has none, because the norm removes constants. */
export function trainedNames(network: NetworkName, work: StepWork): string[] {
  return layersOf(network, work).flatMap(({ name, norm }) => {
    return norm ? [`${network}.${name}.weight`] : [`${network}.${name}.weight`, `${network}.${name}.bias`];
  });
}

/** The operations of a network. A handle to a tensor T can be used only once; `share` returns another handle to the tensor. */
export interface Operations<T> {
  readonly share: (x: T) => T;
  readonly reflect: (x: T, padding: number) => T;
  readonly conv: (x: T, weight: T, stride: 1 | 2, padding: number) => T;
  /** With padding 1 and output padding 1, which doubles the size. */
  readonly convTranspose: (x: T, weight: T) => T;
  readonly addBias: (x: T, bias: T) => T;
  readonly instanceNorm: (x: T) => T;
  readonly relu: (x: T) => T;
  readonly leakyRelu: (x: T) => T;
  readonly tanh: (x: T) => T;
  readonly add: (a: T, b: T) => T;
}

/** Applies a network to x. `parameter` returns a new handle to the parameter of that name. */
export function applyNetwork<T>(ops: Operations<T>, layers: readonly Layer[], parameter: (name: string) => T, x: T): T {
  let value = x;
  let kept = x;
  for (const layer of layers) {
    const { name, stride, padding, reflect, norm, activation, residual } = layer;
    if (residual === "begin") kept = ops.share(value);
    if (reflect) value = ops.reflect(value, padding);
    const weight = parameter(`${name}.weight`);
    value = layer.kind === "conv" ? ops.conv(value, weight, stride, reflect ? 0 : padding) : ops.convTranspose(value, weight);
    value = norm ? ops.instanceNorm(value) : ops.addBias(value, parameter(`${name}.bias`));
    if (activation !== "none") value = ops[activation](value);
    if (residual === "end") value = ops.add(kept, value);
  }
  return value;
}
