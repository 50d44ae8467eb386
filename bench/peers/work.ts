/** The work that every engine does. */
import { convFlops } from "../../src/ops/conv/geometry.js";
import { geometryOf, stepFlops, type ConvLayer } from "../../src/bench/network.js";

export const convPasses = ["forward", "input gradient", "weight gradient"] as const;
export type ConvPass = (typeof convPasses)[number];

/** One pass of a convolution without bias. */
export interface ConvWork {
  readonly kind: "conv";
  readonly name: string;
  readonly layer: ConvLayer;
  readonly pass: ConvPass;
}

/** Instance norm and ReLU of one image. */
export interface NormWork {
  readonly kind: "norm";
  readonly name: string;
  /** Side of the image, in pixels. */
  readonly size: number;
  readonly channels: number;
  /** Not every engine can run the backward pass separately. */
  readonly pass: "forward" | "forward and backward";
}

/** CycleGAN's training step with the default options: generators and discriminators, identity losses, batch 1, Adam. */
export interface StepWork {
  readonly kind: "step";
  readonly name: string;
  readonly size: number;
  readonly ngf: number;
  readonly ndf: number;
  readonly nBlocks: number;
}

export type Work = ConvWork | NormWork | StepWork;

function conv(layer: Omit<ConvLayer, "count">): ConvWork[] {
  return convPasses.map((pass) => ({ kind: "conv", name: `${layer.name} ${pass}`, layer: { ...layer, count: 1 }, pass }));
}

/** A 3×3 convolution with zero padding, which keeps the size. */
function plain(channels: number): ConvWork[] {
  const sizes = { size: 64, channels, outChannels: channels, kernel: 3, stride: 1, padding: 1, reflect: 0 } as const;
  return conv({ name: `conv 3×3 ${channels}→${channels} at 64²`, ...sizes });
}

function end(name: string, channels: number, outChannels: number): ConvWork[] {
  const sizes = { size: 64, channels, outChannels, kernel: 7, stride: 1, padding: 3, reflect: 1 } as const;
  return conv({ name: `${name} 7×7 ${channels}→${outChannels} at 64²`, ...sizes });
}

function norm(channels: number, size: number): NormWork[] {
  return (["forward", "forward and backward"] as const).map((pass) => {
    return { kind: "norm", name: `instanceNorm+ReLU ${channels} at ${size}² ${pass}`, size, channels, pass };
  });
}

function step(network: Omit<StepWork, "kind" | "name">): StepWork {
  const { size, ngf, nBlocks } = network;
  return { kind: "step", name: `training step, ${nBlocks} blocks, ngf ${ngf}, at ${size}²`, ...network };
}

const patch = { kernel: 4, padding: 1, reflect: 0 } as const;

export const works: readonly Work[] = [
  ...plain(128),
  ...plain(256),
  ...conv({
    name: "convT 3×3/2 128→64 at 32²",
    size: 64,
    channels: 64,
    outChannels: 128,
    kernel: 3,
    stride: 2,
    padding: 1,
    reflect: 0,
    transposed: true,
  }),
  ...end("stem", 3, 64),
  ...end("head", 64, 3),
  ...conv({ name: "patch 4×4/2 64→128 at 32²", size: 32, channels: 64, outChannels: 128, stride: 2, ...patch }),
  ...conv({ name: "patch 4×4 512→1 at 7²", size: 7, channels: 512, outChannels: 1, stride: 1, ...patch }),
  ...norm(128, 64),
  ...norm(64, 128),
  step({ size: 32, ngf: 16, ndf: 16, nBlocks: 3 }),
  step({ size: 64, ngf: 32, ndf: 64, nBlocks: 6 }),
];

/** Floating-point operations of the convolutions. 0 if the work is only limited by bandwidth. */
export function flopsOf(work: Work): number {
  if (work.kind === "norm") return 0;
  return work.kind === "conv" ? convFlops(geometryOf(work.layer)) : stepFlops(work, true);
}
