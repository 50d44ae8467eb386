/** The sizes that `cyclegan bench` times. */
import { defaultOptions } from "../models/cyclegan/options.js";
import { convCases } from "./conv-cases.js";
import type { KernelCase } from "./kernel-case.js";
import { residualConv } from "./network.js";
import { normCases } from "./norm-cases.js";
import type { StepConfig } from "./step.js";

/** Activations in the residual blocks of the paper's networks at 256², and of small ones at 64². */
const full = { size: 64, channels: 256 };
const small = { size: 16, channels: 128 };

/** The convolutions and norms of the residual blocks: the same on every device, so that devices can be compared. */
export function residualCases(quick: boolean): KernelCase[] {
  const layers = quick ? [small] : [full, small];
  const convs = layers.map(({ size, channels }) => residualConv({ size, channels, outChannels: channels }, 1));
  return [...convCases(convs), ...normCases(layers)];
}

const demo: StepConfig = { size: 32, options: { ...defaultOptions, nBlocks: 3, ngf: 16, ndf: 16 } };
/** Timed on every device. */
const common: StepConfig = { size: 64, options: { ...defaultOptions, nBlocks: 6, ngf: 32 } };
const paper = { ...defaultOptions, nBlocks: 9, ngf: 64, ndf: 64 };

/**
 * Three training steps in ascending order. Those of a small device, a CPU adapter or a phone, end with sizes that only begin to load
 * a GPU.
 */
export function steps(isSmall: boolean, quick: boolean): StepConfig[] {
  const all = isSmall
    ? [demo, common, { ...common, size: 128 }]
    : [common, { size: 128, options: paper }, { size: 256, options: paper }];
  return quick ? all.slice(0, 1) : all;
}
