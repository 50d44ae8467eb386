import { expect, it } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { trace } from "../../src/gpu/trace.js";
import { titled } from "../../src/nn/module.js";
import { instanceNorm } from "../../src/ops/norm/instance-norm.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Adam } from "../../src/optim/adam.js";
import { backward } from "../../src/tensor/autograd.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();

interface Event {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly cat: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A step of a network of one module, G: instanceNorm(x · w), twice through w. */
function step(device: Gpu): Tensor {
  using scope = device.scope("step");
  const w = Tensor.from(device, [1, 2, 2, 4], Array.from({ length: 16 }, (_, i) => i + 1), "w").withGrad();
  const adam = new Adam(device, [w], { lr: 0.1 });
  const G = titled("G", { forward: (x) => mul(instanceNorm(mul(x, w)), w), parameters: () => new Map() });
  backward(sum(mul(G.forward(w.detach()), w)));
  adam.step();
  const after = scope.keep(w.detach());
  adam.dispose();
  return after;
}

async function traced(device: Gpu): Promise<{ events: Event[]; dispatches: number; bytes: number }> {
  const before = device.stats;
  const text = await trace(device, () => step(device).release());
  const { traceEvents: events } = JSON.parse(text) as { traceEvents: Event[] };
  return { events, dispatches: device.stats.dispatches - before.dispatches, bytes: device.stats.liveBytes - before.liveBytes };
}

const on = (events: readonly Event[], pid: number, tid: number): Event[] =>
  events.filter((event) => event.ph === "X" && event.pid === pid && event.tid === tid);

it("writes the fields of the format, names each row, and draws no two events of a row over each other", async () => {
  const { events } = await traced(gpu());
  for (const event of events) {
    expect(event).toMatchObject({ name: expect.any(String), pid: expect.any(Number), tid: expect.any(Number), args: expect.any(Object) });
    expect(["X", "M", "C"]).toContain(event.ph);
    if (event.ph === "X") expect(Math.min(event.ts, event.dur)).toBeGreaterThanOrEqual(0);
  }
  const named = new Set(events.filter(({ name }) => name === "thread_name").map(({ pid, tid }) => `${pid} ${tid}`));
  for (const row of named) {
    const [pid = 0, tid = 0] = row.split(" ").map(Number);
    let end = 0;
    for (const { ts, dur } of on(events, pid, tid)) {
      // Microseconds in float64, so that an end and the next start may differ by a rounding.
      expect(ts).toBeGreaterThanOrEqual(end - 1e-3);
      end = ts + dur;
    }
  }
  expect(new Set(events.filter(({ ph }) => ph === "X").map(({ pid, tid }) => `${pid} ${tid}`))).toEqual(named);
});

it("shows ops forward, backward and update in their modules, and the memory they leave", async () => {
  const { events } = await traced(gpu());
  const ops = on(events, 1, 1).map(({ name, cat, args }) => `${cat} ${name} ${String(args["module"])}`.trim());
  expect(ops).toEqual([
    "forward mul G",
    "forward instanceNorm G",
    "forward mul G",
    "forward mul",
    "forward sum",
    "backward sum",
    "backward mul",
    "backward mul G",
    "backward sum of gradients",
    "backward instanceNorm G",
    "backward mul G",
    "backward sum of gradients",
    "update adam",
  ]);
  const memory = events.filter(({ ph }) => ph === "C").map(({ args }) => Number(args["bytes"]));
  expect(memory).toHaveLength(ops.length);
  expect(Math.min(...memory)).toBeGreaterThan(0);
});

it("shows every dispatch with its kernel, bytes and op, on a device with timestamps", async (context) => {
  if (!gpu().device.features.has("timestamp-query")) return context.skip();
  const { events, dispatches } = await traced(gpu());
  const kernels = on(events, 2, 2);
  expect(kernels).toHaveLength(dispatches);
  const adam = kernels.find(({ name }) => name === "optim/adam");
  expect(adam).toMatchObject({ cat: "update", args: { op: "adam", pipeline: "optim/adam", workgroups: 1 } });
  // Four arenas of 16 floats, each padded to 256 bytes or less, and the flag's 16 bytes.
  expect(Number(adam?.args["bytes"])).toBeGreaterThanOrEqual(4 * 64 + 16);
  for (const { ts, dur, name, args } of on(events, 2, 1)) {
    const inside = kernels.filter((kernel) => kernel.args["op"] === name && kernel.ts >= ts - 1e-3 && kernel.ts + kernel.dur <= ts + dur + 1e-3);
    expect(inside.length).toBeGreaterThanOrEqual(Number(args["dispatches"]));
  }
});

it("has the host's row only on a device without timestamps", async () => {
  using rehearsal = gpu().rehearsal();
  const { events } = await traced(rehearsal);
  expect(new Set(events.map(({ pid }) => pid))).toEqual(new Set([1]));
  expect(on(events, 1, 1)).toHaveLength(13);
});

it("changes no result and leaves nothing behind, also if its function throws", async () => {
  using plain = step(gpu());
  let held: Tensor | undefined;
  await trace(gpu(), async () => {
    held = step(gpu());
    await gpu().idle();
  });
  expect(await held?.data()).toEqual(await plain.data());
  held?.release();
  const failing = trace(gpu(), () => {
    throw new TypeError("inside");
  });
  await expect(failing).rejects.toThrow("inside");
  expect([gpu().observer, gpu().queue.timer]).toEqual([undefined, undefined]);
  expect((await traced(gpu())).bytes).toBe(0);
});
