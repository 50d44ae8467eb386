/** Times training steps of growing size. */
import type { Saying } from "./bench-kernels.js";
import { printLeftOut, startStepTable } from "./print.js";
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
 * Times training steps and prints each as it becomes known.
 *
 * `secondsLeft`: a step is left out if, at the rate of the previous one, its samples would take longer than this. Larger steps
 * are faster for their work, so the estimate is on the safe side.
 */
export async function benchSteps(
  adapter: string,
  configs: readonly StepConfig[],
  secondsLeft: () => number,
  saying: Saying,
): Promise<StepsReport> {
  if (configs.length === 0) return { steps: [], leftOut: [] };
  console.log();
  const print = startStepTable(configs.map(stepName));
  const steps: StepResult[] = [];
  const leftOut: LeftOutStep[] = [];
  for (const config of configs) {
    const name = stepName(config);
    const before = steps.at(-1);
    const seconds = before ? predictStepSeconds(config, before) : 0;
    if (seconds * leastSteps(EFFORT) > secondsLeft()) {
      leftOut.push({ name, seconds });
      continue;
    }
    const step = await saying(name, () => benchStep(adapter, config, EFFORT));
    print(step);
    steps.push(step);
  }
  for (const step of leftOut) printLeftOut(step);
  return { steps, leftOut };
}
