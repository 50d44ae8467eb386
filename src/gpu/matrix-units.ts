/** Matrix units: which ones a device has, and how to request them. */
import { DeviceError } from "../errors.js";

/** A matrix product that a subgroup computes at once: M × K by K × N, added to M × N sums in f32. */
export interface MatrixUnits {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** The type of both factors. */
  readonly elements: "f16" | "f32";
}

/** An entry of `GPUAdapterInfo.subgroupMatrixConfigs` in Dawn. */
interface Config {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** Features by their names. The types of WebGPU do not know experimental ones. */
interface Features {
  has(feature: string): boolean;
}

const FEATURE = "chromium-experimental-subgroup-matrix";

/** M, N and K that divide the kernel's tiles. */
const EXTENTS = [8, 16];

/** The best one that an adapter lists: f32 before f16, which rounds the factors, then the one with the most multiply-adds. */
function best(info: GPUAdapterInfo): MatrixUnits | undefined {
  const { subgroupMatrixConfigs: configs = [] } = info as GPUAdapterInfo & { readonly subgroupMatrixConfigs?: Iterable<Config> };
  const found: MatrixUnits[] = [];
  for (const { componentType: elements, resultComponentType, M, N, K } of configs) {
    if ((elements !== "f16" && elements !== "f32") || resultComponentType !== "f32") continue;
    if ([M, N, K].every((extent) => EXTENTS.includes(extent))) found.push({ M, N, K, elements });
  }
  const rank = ({ M, N, K, elements }: MatrixUnits): number => M * N * K + (elements === "f32" ? 1e6 : 0);
  return found.toSorted((a, b) => rank(b) - rank(a))[0];
}

/** The features to request from an adapter. Throws DeviceError if it has no matrix units that the engine can use. */
export function matrixFeatures(features: Features, info: GPUAdapterInfo): readonly string[] {
  const units = features.has(FEATURE) ? best(info) : undefined;
  const wanted = units?.elements === "f16" ? [FEATURE, "shader-f16"] : [FEATURE];
  if (units && wanted.every((feature) => features.has(feature))) return wanted;
  throw new DeviceError(
    `matrices: ${info.description || info.device || info.vendor} has no subgroup matrices of f16 or f32 with sums in f32. ` +
      "Leave out CYCLEGAN_MATRICES and the option matrices, or choose another adapter.",
  );
}

/** The matrix units of a device that was opened with `matrixFeatures`; undefined for any other device. */
export function matrixUnitsOf(features: Features, info: GPUAdapterInfo): MatrixUnits | undefined {
  return features.has(FEATURE) ? best(info) : undefined;
}
