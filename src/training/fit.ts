/** Whether the device can train on images of some sizes, found out without training. */
import { DeviceError, ShapeError } from "../errors.js";
import { formatBytes } from "../format.js";
import type { Gpu } from "../gpu/gpu.js";
import type { ModelDefinition } from "../models/model.js";
import type { TrainConfig } from "../run/options.js";
import { stepWork, type StepShapes } from "./dry-run/rehearse.js";

/** The reason why a batch of these shapes cannot be trained on; undefined if it can. Each shape is rehearsed once. */
export type FitCheck = (shapes: StepShapes) => Promise<string | undefined>;

export function createFitCheck(gpu: Gpu, definition: ModelDefinition, config: TrainConfig): FitCheck {
  const known = new Map<string, string | undefined>();
  return async (shapes) => {
    const key = JSON.stringify(shapes);
    if (!known.has(key)) known.set(key, await rehearsed(gpu, definition, config, shapes));
    return known.get(key);
  };
}

async function rehearsed(gpu: Gpu, definition: ModelDefinition, config: TrainConfig, shapes: StepShapes): Promise<string | undefined> {
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
  const largest = 4 * Math.max(...Object.values(shapes).map((shape) => shape.reduce((size, extent) => size * extent)));
  // The host would need as much for a rehearsal.
  if (largest > Math.min(maxBufferSize, maxStorageBufferBindingSize)) {
    return `device memory: the images of a step need ${formatBytes(largest)}, more than this device binds. Use smaller images or a smaller batch.`;
  }
  using rehearsal = gpu.rehearsal();
  try {
    await stepWork(definition, config, shapes)(rehearsal);
    return undefined;
  } catch (error) {
    if (error instanceof ShapeError || error instanceof DeviceError) return error.message;
    throw error;
  }
}

/** Throws a DeviceError or ShapeError, before any image is read, if crops of the configured size cannot be trained on. */
export async function checkCropFits(fits: FitCheck, definition: ModelDefinition, config: TrainConfig): Promise<void> {
  const { preprocess, cropSize, batchSize } = config;
  if (!preprocess.endsWith("crop")) return;
  const channels = Object.entries(definition.channels(config));
  const reason = await fits(Object.fromEntries(channels.map(([side, count]) => [side, [batchSize, cropSize, cropSize, count]])));
  if (reason !== undefined) throw new DeviceError(`--crop-size ${cropSize}: this device cannot train on images of that size. ${reason}`);
}
