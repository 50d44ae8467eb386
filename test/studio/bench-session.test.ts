import { expect, test, vi } from "vitest";
import type { KernelResult, Limits, Measured, StepResult } from "../../src/bench/report.js";
import { BenchSession } from "../../src/studio/bench/session.js";
import type { BenchEvent, DeviceNote } from "../../src/studio/worker/bench-protocol.js";
import type { OpenBencher } from "../../src/studio/worker/open-bencher.js";

const note = {
  adapter: { name: "card", driver: "unknown", isCpu: false },
  device: {
    maxBufferSize: 1,
    maxStorageBufferBindingSize: 1,
    maxComputeWorkgroupStorageSize: 1,
    maxComputeInvocationsPerWorkgroup: 1,
    subgroupMinSize: 0,
    subgroupMaxSize: 0,
    features: [],
  },
} satisfies DeviceNote;
const limits: Limits = { arithmetic: 100, copy: 10 };
const kernel: KernelResult = { name: "conv", milliseconds: 1, gigaflops: 50, gigabytes: 1, limit: "multiply-add", share: 0.5, effective: false, error: 0 };
const step = { name: "step", milliseconds: 20, gigaflops: 40 } as StepResult;
const measured: Measured = { ...note, limits, limitsAfter: limits, kernels: [kernel], steps: [step], leftOut: [] };
const machine = { platform: "Linux", browser: "Chrome 142", cores: 8 };

function fakeBencher(changes: Partial<OpenBencher> = {}): OpenBencher {
  return { describe: async () => note, measure: async () => measured, close: () => {}, ...changes };
}

function sessionWith(workers: readonly OpenBencher[], clock: () => number = () => 0): BenchSession {
  const left = [...workers];
  return new BenchSession({ open: () => left.shift() ?? fakeBencher(), isSmall: false, machine, clock });
}

test("a measurement shows what it has found, then the report of the command's form", async () => {
  let seconds = 0;
  let tell: (event: BenchEvent) => void = () => {};
  let finish: (result: Measured) => void = () => {};
  const measure: OpenBencher["measure"] = (_, onEvent) => {
    tell = onEvent;
    return new Promise((resolve) => (finish = resolve));
  };
  const session = sessionWith([fakeBencher({ measure })], () => seconds);
  await vi.waitFor(() => expect(session.state).toMatchObject({ gpu: "ready", device: note }));
  const run = session.measure();
  tell({ kind: "planned", kernels: 2, steps: 1 });
  tell({ kind: "timing", what: "limits" });
  expect(session.state).toMatchObject({ measurement: "running", timing: "limits", share: 0 });
  expect(session.state.secondsLeft).toBeUndefined();
  seconds = 4;
  tell({ kind: "limits", limits });
  // Twice as slow as planned: limits 2 s and two kernels of 1 s take 8 s more, the step 8 s as on any device.
  expect(session.state).toMatchObject({ secondsLeft: 16, share: 0.2, found: { limits } });
  seconds = 6;
  tell({ kind: "kernel", kernel });
  expect(session.state).toMatchObject({ secondsLeft: 14, share: 0.3, found: { kernels: [kernel] } });
  tell({ kind: "step", step });
  expect(session.state.found.steps).toEqual([step]);
  finish(measured);
  await run;
  expect(session.state).toMatchObject({ measurement: "done", share: 1, report: { schema: "cyclegan-bench/1", ...machine, ...measured } });
  expect(session.state.secondsLeft).toBeUndefined();
  expect(session.state.timing).toBeUndefined();
});

test("stopping ends the worker at once, keeps what was found, and another worker measures again", async () => {
  const close = vi.fn<() => void>();
  let late: (event: BenchEvent) => void = () => {};
  const endless: OpenBencher["measure"] = (_, onEvent) => {
    late = onEvent;
    onEvent({ kind: "planned", kernels: 1, steps: 0 });
    onEvent({ kind: "kernel", kernel });
    return new Promise(() => {});
  };
  const session = sessionWith([fakeBencher({ measure: endless, close }), fakeBencher()]);
  void session.measure();
  session.stop();
  expect(close).toHaveBeenCalledOnce();
  expect(session.state).toMatchObject({ measurement: "stopped", found: { kernels: [kernel] } });
  expect(session.state.report).toBeUndefined();
  await session.measure();
  expect(session.state.measurement).toBe("done");
  late({ kind: "kernel", kernel: { ...kernel, name: "late" } });
  expect(session.state.found.kernels).toEqual([kernel]);
});

test("a wrong kernel ends the measurement with its message, and the next measurement begins anew", async () => {
  const wrong = vi.fn<OpenBencher["measure"]>();
  wrong.mockRejectedValueOnce(Object.assign(new Error("conv: expected 1 at 0, got 2."), { name: "KernelError" })).mockResolvedValue(measured);
  const session = sessionWith([fakeBencher({ measure: wrong })]);
  await session.measure();
  expect(session.state).toMatchObject({ measurement: "failed", problem: "conv: expected 1 at 0, got 2." });
  await session.measure();
  expect(session.state.measurement).toBe("done");
  expect(session.state.problem).toBeUndefined();
});

test("a browser without a GPU is said to have none, and may be asked again", async () => {
  const none = async (): Promise<never> => Promise.reject(new Error("openGpu: expected a WebGPU adapter, got none."));
  const session = sessionWith([fakeBencher({ describe: none }), fakeBencher()]);
  await vi.waitFor(() => expect(session.state).toMatchObject({ gpu: "failed", gpuProblem: "openGpu: expected a WebGPU adapter, got none." }));
  await session.reopen();
  expect(session.state.gpu).toBe("ready");
  expect(session.state.gpuProblem).toBeUndefined();
});
