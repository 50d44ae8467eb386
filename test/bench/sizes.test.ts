import { afterEach, expect, test, vi } from "vitest";
import { benchSteps, predictStepSeconds } from "../../src/bench/bench-steps.js";
import type { BenchHooks, BenchResult } from "../../src/bench/hooks.js";
import { DeviceError } from "../../src/errors.js";
import type { StepResult } from "../../src/bench/report.js";
import { residualCases, steps } from "../../src/bench/sizes.js";
import { benchStep, stepGigaflops, stepName, type StepConfig } from "../../src/bench/step.js";

vi.mock("../../src/bench/step.js", async (original) => ({ ...(await original<object>()), benchStep: vi.fn() }));

const noDevice = (): Promise<never> => Promise.reject(new Error("no device is needed"));
const silent: BenchHooks = { saying: (_, work) => work(), onResult: () => {} };

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
  const gigaflops = 25;
  const figures = { gigaflops, milliseconds: 1, dispatches: 1, peakBytes: 1 };
  vi.mocked(benchStep).mockImplementation(async (_, config) => ({ ...figures, name: stepName(config) }) as StepResult);
  const configs = steps(true, false);
  const [, second, third] = configs as [StepConfig, StepConfig, StepConfig];
  const seconds = predictStepSeconds(third, { gigaflops });
  expect(seconds).toBeCloseTo(stepGigaflops(third) / 25, 9);
  expect(seconds).toBeGreaterThan(3 * predictStepSeconds(second, { gigaflops }));
  const run = (left: number) => benchSteps(noDevice, configs, () => left, silent);
  expect(await run(7 * seconds)).toMatchObject({ steps: [{}, {}], leftOut: [{ name: stepName(third), seconds }] });
  expect((await run(10 * seconds)).steps.map(({ name }) => name)).toEqual(configs.map(stepName));
  // On a device so slow that the kernels took all the time.
  expect((await run(-1)).steps.map(({ name }) => name)).toEqual([stepName(configs[0]!)]);
});

test("a step that the device cannot do is left out with the problem, unless it is the first", async () => {
  const figures = { gigaflops: 25, milliseconds: 1, dispatches: 1, peakBytes: 1 };
  const configs = steps(true, false);
  const failAt = (failing: number) => async (_: unknown, config: StepConfig) => {
    if (configs.indexOf(config) === failing) throw new DeviceError("device memory: the device has no more");
    return { ...figures, name: stepName(config) } as StepResult;
  };
  const results: BenchResult[] = [];
  const hooks: BenchHooks = { ...silent, onResult: (result) => results.push(result) };
  vi.mocked(benchStep).mockImplementation(failAt(2));
  const { steps: measured, leftOut } = await benchSteps(noDevice, configs, () => Infinity, hooks);
  expect(measured.length).toBe(2);
  expect(leftOut).toEqual([{ name: stepName(configs[2]!), seconds: predictStepSeconds(configs[2]!, figures), problem: "device memory: the device has no more" }]);
  expect(results.map(({ kind }) => kind)).toEqual(["step", "step", "left out"]);
  vi.mocked(benchStep).mockImplementation(failAt(0));
  await expect(benchSteps(noDevice, configs, () => Infinity, hooks)).rejects.toThrow("device memory");
});
