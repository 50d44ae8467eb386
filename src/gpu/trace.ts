/** `trace`: a timeline of ops and dispatches, for chrome://tracing and Perfetto. */
import { DispatchTimer, type TimedDispatch } from "./dispatch-timer.js";
import type { Gpu } from "./gpu.js";
import type { Observation, Observer } from "./observer.js";

/** An op that was recorded during a trace. */
interface TracedOp extends Pick<Observation, "op" | "pass" | "path"> {
  /** By the host's clock, in milliseconds since the trace began. */
  readonly start: number;
  readonly end: number;
  /** The range of its dispatches, counted from the beginning of the trace: the first, and one past the last. */
  readonly first: number;
  readonly last: number;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Bytes that tensors and graphs use after it. */
  readonly liveBytes: number;
}

/** An event of the trace event format. Times are in microseconds. */
interface TraceEvent {
  readonly ph: "X" | "M" | "C";
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The processes and threads of the timeline. */
const HOST = { pid: 1, tid: 1 };
const DEVICE_OPS = { pid: 2, tid: 1 };
const DEVICE_KERNELS = { pid: 2, tid: 2 };

/**
 * Runs `run` and returns its timeline in the Chrome trace event format (JSON), which chrome://tracing and
 * https://ui.perfetto.dev open: `writeFileSync("step.json", await trace(gpu, () => trainer.step(a, b)))`.
 *
 * The host's row shows when the kernels of every op (forward, backward and update) are recorded, and the memory that tensors
 * and graphs use. The device's rows show every dispatch with its kernel, pipeline, workgroups, bytes bound and stated
 * arithmetic, and above it its op and modules. A device without timestamps only has the host's row. Both clocks start at 0
 * with their first event. Results keep their bits. Each dispatch is in a separate pass, so `run` takes longer.
 *
 * A dispatch that began before the previous one ended is drawn from that end; `microseconds` has its whole time.
 *
 * Throws whatever `run` throws. Source: Trace Event Format, Google, 2016; its "X", "C" and "M" events.
 */
export async function trace(gpu: Gpu, run: () => unknown): Promise<string> {
  await gpu.idle();
  const timed = gpu.device.features.has("timestamp-query") && !gpu.isRehearsal;
  const timer = timed ? new DispatchTimer(gpu.device) : undefined;
  const tracer = new Tracer(gpu);
  const before = { timer: gpu.queue.timer, observer: gpu.observer };
  gpu.queue.timer = timer ?? before.timer;
  gpu.observer = tracer;
  try {
    await run();
    await gpu.idle();
    const dispatches = (await timer?.take()) ?? [];
    return formatTrace(gpu, tracer.ops, dispatches);
  } finally {
    gpu.observer = before.observer;
    gpu.queue.timer = before.timer;
    timer?.dispose();
  }
}

/** Records every op. */
class Tracer implements Observer {
  path = "";
  readonly readsValues = false;
  readonly ops: TracedOp[] = [];
  readonly #gpu: Gpu;
  readonly #startTime = performance.now();
  readonly #startDispatch: number;
  #start = 0;
  #first = 0;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#startDispatch = gpu.queue.dispatches;
  }

  begin(): void {
    this.#start = this.#now;
    this.#first = this.#dispatches;
  }

  observe({ op, pass, path, writes }: Observation): void {
    const [start, first] = [this.#start, this.#first];
    const outputs = Object.fromEntries(Object.entries(writes).flatMap(([name, tensor]) => (tensor ? [[name, tensor.shape]] : [])));
    const { liveBytes } = this.#gpu.pool;
    this.ops.push({ op, pass, path, start, end: this.#now, first, last: this.#dispatches, outputs, liveBytes });
  }

  get #now(): number {
    return performance.now() - this.#startTime;
  }

  get #dispatches(): number {
    return this.#gpu.queue.dispatches - this.#startDispatch;
  }
}

function formatTrace(gpu: Gpu, ops: readonly TracedOp[], dispatches: readonly TimedDispatch[]): string {
  const { vendor, architecture, device, description } = gpu.adapterInfo;
  const adapter = [vendor, architecture, device, description].filter((part) => part !== "").join(" ");
  const traceEvents = [...nameRows(adapter, dispatches.length > 0), ...hostEvents(ops), ...deviceEvents(ops, dispatches)];
  return JSON.stringify({ traceEvents, displayTimeUnit: "ms", otherData: { adapter } });
}

function nameRows(adapter: string, timed: boolean): TraceEvent[] {
  const host = [nameOf("process", HOST, "host"), nameOf("thread", HOST, "ops, as they are recorded")];
  if (!timed) return host;
  return [
    ...host,
    nameOf("process", DEVICE_OPS, `device: ${adapter}`),
    nameOf("thread", DEVICE_OPS, "ops"),
    nameOf("thread", DEVICE_KERNELS, "dispatches"),
  ];
}

function nameOf(what: "process" | "thread", row: typeof HOST, name: string): TraceEvent {
  return { ph: "M", name: `${what}_name`, ...row, args: { name } };
}

function hostEvents(ops: readonly TracedOp[]): TraceEvent[] {
  return ops.flatMap((op): TraceEvent[] => {
    const [ts, dur] = [1000 * op.start, 1000 * (op.end - op.start)];
    const args = { ...whoseOf(op), outputs: op.outputs, dispatches: op.last - op.first };
    return [
      { ph: "X", name: op.op, cat: op.pass, ...HOST, ts, dur, args },
      { ph: "C", name: "memory held", ...HOST, ts: ts + dur, args: { bytes: op.liveBytes } },
    ];
  });
}

function whoseOf({ pass, path }: TracedOp) {
  return { pass, module: path };
}

function deviceEvents(ops: readonly TracedOp[], dispatches: readonly TimedDispatch[]): TraceEvent[] {
  const origin = dispatches[0]?.start ?? 0n;
  const microseconds = (time: bigint): number => Number(time - origin) / 1000;
  let end = 0;
  const drawn = dispatches.map((dispatch) => {
    const start = Math.max(end, microseconds(dispatch.start));
    end = Math.max(start, microseconds(dispatch.end));
    return { dispatch, start, end };
  });
  const events: TraceEvent[] = [];
  const owners = new Map<number, TracedOp>();
  for (const op of ops) {
    const [first, last] = [drawn[op.first], drawn[op.last - 1]];
    if (!first || !last || op.last === op.first) continue;
    for (let index = op.first; index < op.last; index++) owners.set(index, op);
    const args = { ...whoseOf(op), outputs: op.outputs, dispatches: op.last - op.first };
    events.push({ ph: "X", name: op.op, cat: op.pass, ...DEVICE_OPS, ts: first.start, dur: last.end - first.start, args });
  }
  for (const [index, { dispatch, start, end: until }] of drawn.entries()) {
    const { kernel, pipeline, workgroups, bytes, flops } = dispatch;
    const owner = owners.get(index);
    const whole = microseconds(dispatch.end) - microseconds(dispatch.start);
    const whose = owner && { op: owner.op, ...whoseOf(owner) };
    const args = { ...whose, pipeline, workgroups, bytes, flops, microseconds: whole };
    events.push({ ph: "X", name: kernel, cat: owner?.pass ?? "other", ...DEVICE_KERNELS, ts: start, dur: until - start, args });
  }
  return events;
}
