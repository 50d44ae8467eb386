/** The device memory of a training, before it is begun. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Settings } from "../../models/model.js";
import { modelOf, trainConfig } from "../../run/options.js";
import { rehearse, type StepShapes } from "../../training/dry-run/rehearse.js";
import { createFitCheck } from "../../training/fit.js";
import type { PresetCost } from "./trainer-protocol.js";

/** The device memory of a training on crops, which is rehearsed and not measured, or why the device cannot do it. */
export async function memoryCost(gpu: Gpu, settings: Settings): Promise<PresetCost> {
  const config = trainConfig(settings);
  const definition = modelOf(config);
  const { batchSize, cropSize } = config;
  const channels = Object.entries(definition.channels(config));
  const shapes: StepShapes = Object.fromEntries(channels.map(([side, count]) => [side, [batchSize, cropSize, cropSize, count]]));
  const reason = await createFitCheck(gpu, definition, config)(shapes);
  return reason === undefined ? { bytes: (await rehearse(gpu, definition, config, [shapes])).peakBytes } : { reason };
}
