/** What a training would cost, before it is begun. */
import { DeviceError } from "../../errors.js";
import type { Settings } from "../../models/model.js";
import { trainConfig } from "../../run/options.js";
import { dryRun } from "../../training/dry-run/dry-run.js";
import type { MeasuredCost } from "./trainer-protocol.js";

/** Time and memory of a training on the images of its settings, from a few real steps. */
export async function measuredCost(settings: Settings, onMessage: (text: string) => void): Promise<MeasuredCost> {
  const { plan, memory, time } = await dryRun(trainConfig(settings), { onMessage });
  if (!time) throw new DeviceError("device memory: expected room for a step, got too little. Use a smaller preset.");
  return { bytes: memory.peakBytes, secondsPerStep: time.secondsPerStep, steps: plan.totalSteps, full: time.full };
}
