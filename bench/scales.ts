import { convCases } from "../src/bench/conv-cases.js";
import type { KernelCase } from "../src/bench/kernel-case.js";
import {
  discriminatorConvs,
  generatorConvs,
  normLayers,
  residualConv,
  type ConvLayer,
  type NetworkSize,
  type NormLayer,
} from "../src/bench/network.js";
import { normCases } from "../src/bench/norm-cases.js";
import type { StepConfig } from "../src/bench/step.js";
import { defaultOptions } from "../src/models/cyclegan/options.js";
import { imageCases } from "./image-cases.js";
import { trainingCases } from "./training-cases.js";

export const scales = ["small", "full"] as const;
/** `small`: networks of full width on small images. `full`: the paper's 256². */
export type Scale = (typeof scales)[number];

interface ScaleSpec {
  readonly network: NetworkSize;
  /** Additional sizes, which `npm run bench:peers` compares with other engines. */
  readonly convs: readonly ConvLayer[];
  readonly norms: readonly NormLayer[];
  readonly steps: readonly StepConfig[];
}

const paper = { ngf: 64, ndf: 64, nBlocks: 9 };
const fullNetwork: NetworkSize = { size: 256, ...paper };

/** The steps that the demo, the comparison with other engines, and the paper train with. */
const steps: Readonly<Record<Scale, readonly StepConfig[]>> = {
  small: [
    { size: 32, options: { ...defaultOptions, nBlocks: 3, ngf: 16, ndf: 16 } },
    { size: 64, options: { ...defaultOptions, nBlocks: 6, ngf: 32 } },
  ],
  full: [{ size: 256, options: { ...defaultOptions, ...paper } }],
};

const specs: Readonly<Record<Scale, ScaleSpec>> = {
  small: {
    network: { size: 64, ...paper },
    convs: [128, 256].map((channels) => residualConv({ size: 64, channels, outChannels: channels }, 1)),
    norms: [
      { size: 64, channels: 128 },
      { size: 128, channels: 64 },
    ],
    steps: steps.small,
  },
  full: { network: fullNetwork, convs: [], norms: [], steps: steps.full },
};

/** All kernels of a scale. The kernels for images, losses and parameters have their full size in both scales. */
export function kernelCasesOf(scale: Scale): KernelCase[] {
  const { network, convs, norms } = specs[scale];
  return [
    ...convCases([...convs, ...generatorConvs(network), ...discriminatorConvs(network)]),
    ...normCases([...norms, ...normLayers(network)]),
    ...imageCases(fullNetwork),
    ...trainingCases(fullNetwork),
  ];
}

/** The training steps of a scale. */
export function stepConfigsOf(scale: Scale): readonly StepConfig[] {
  return specs[scale].steps;
}
