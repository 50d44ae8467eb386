/** Times training steps of growing size. */
import { DeviceError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { BenchHooks } from "./hooks.js";
import type { LeftOutStep, StepResult } from "./report.js";
import { benchStep, leastSteps, stepGigaflops, stepName, type StepConfig, type StepEffort } from "./step.js";

const EFFORT: StepEffort = { milliseconds: 5000, recordedSteps: 1 };

export interface StepsReport {
  readonly steps: readonly StepResult[];
  readonly leftOut: readonly LeftOutStep[];
}

/** Seconds that a step would take at the rate of another step. */
export function predictStepSeconds(config: StepConfig, { gigaflops }: Pick<StepResult, "gigaflops">): number {
  return stepGigaflops(config) / gigaflops;
}

/**
 * Times training steps, each on a device of its own that `open` opens.
 *
 * `secondsLeft`: a step is left out if, at the rate of the previous one, its samples would take longer than this. Larger steps
 * are faster for their work, so the estimate is on the safe side. A step that fails on the device is left out with the problem.
 * The first step is always timed, and its failure is thrown.
 */
export async function benchSteps(
  open: () => Promise<Gpu>,
  configs: readonly StepConfig[],
  secondsLeft: () => number,
  { saying, onResult }: BenchHooks,
): Promise<StepsReport> {
  const steps: StepResult[] = [];
  const leftOut: LeftOutStep[] = [];
  const leaveOut = (step: LeftOutStep): void => {
    leftOut.push(step);
    onResult({ kind: "left out", step });
  };
  for (const config of configs) {
    const name = stepName(config);
    const before = steps.at(-1);
    const seconds = before ? predictStepSeconds(config, before) : 0;
    if (before && seconds * leastSteps(EFFORT) > secondsLeft()) {
      leaveOut({ name, seconds });
      continue;
    }
    try {
      const step = await saying(name, () => benchStep(open, config, EFFORT));
      steps.push(step);
      onResult({ kind: "step", step });
    } catch (error) {
      if (!before || !(error instanceof DeviceError)) throw error;
      leaveOut({ name, seconds, problem: error.message });
    }
  }
  return { steps, leftOut };
}
