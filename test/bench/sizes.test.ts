import { afterEach, expect, test, vi } from "vitest";
import { benchSteps, predictStepSeconds } from "../../src/bench/bench-steps.js";
import type { StepResult } from "../../src/bench/report.js";
import { residualCases, steps } from "../../src/bench/sizes.js";
import { benchStep, stepGigaflops, stepName, type StepConfig } from "../../src/bench/step.js";

vi.mock("../../src/bench/step.js", async (original) => ({ ...(await original<object>()), benchStep: vi.fn() }));

afterEach(() => {
  vi.resetAllMocks();
  vi.restoreAllMocks();
});

test("CPU adapters and GPUs run the same kernels, and have one step in common", () => {
  expect(residualCases(false).map(({ name }) => name)).toEqual([
    ...["forward", "input gradient", "weight gradient"].map((pass) => `conv 3×3 256→256 at 64² ${pass}`),
    ...["forward", "input gradient", "weight gradient"].map((pass) => `conv 3×3 128→128 at 16² ${pass}`),
    ...["forward", "backward"].map((pass) => `instanceNorm+ReLU 256 at 64² ${pass}`),
    ...["forward", "backward"].map((pass) => `instanceNorm+ReLU 128 at 16² ${pass}`),
  ]);
  const [cpu, gpu] = [steps(true, false).map(stepName), steps(false, false).map(stepName)];
  expect([cpu.length, gpu.length]).toEqual([3, 3]);
  expect(cpu.filter((name) => gpu.includes(name))).toEqual(["training step, 6 blocks, ngf 32, at 64²"]);
  expect(gpu.at(-1)).toBe("training step, 9 blocks, ngf 64, at 256²");
});

test("a quick run only has the smallest kernels and the smallest step", () => {
  expect(residualCases(true).every(({ name }) => name.includes("at 16²"))).toBe(true);
  for (const isCpu of [true, false]) expect(steps(isCpu, true)).toEqual(steps(isCpu, false).slice(0, 1));
});

test("a step that would take too long at the rate of the previous one is left out, and its expected seconds are reported", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const gigaflops = 25;
  const figures = { gigaflops, milliseconds: 1, dispatches: 1, peakBytes: 1 };
  vi.mocked(benchStep).mockImplementation(async (_, config) => ({ ...figures, name: stepName(config) }) as StepResult);
  const configs = steps(true, false);
  const [, second, third] = configs as [StepConfig, StepConfig, StepConfig];
  const seconds = predictStepSeconds(third, { gigaflops });
  expect(seconds).toBeCloseTo(stepGigaflops(third) / 25, 9);
  expect(seconds).toBeGreaterThan(3 * predictStepSeconds(second, { gigaflops }));
  const silently = <T>(_: string, work: () => Promise<T>): Promise<T> => work();
  const run = (left: number) => benchSteps("auto", configs, () => left, silently);
  expect(await run(7 * seconds)).toMatchObject({ steps: [{}, {}], leftOut: [{ name: stepName(third), seconds }] });
  expect((await run(10 * seconds)).steps.map(({ name }) => name)).toEqual(configs.map(stepName));
});
