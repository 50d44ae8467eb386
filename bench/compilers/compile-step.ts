/**
 * Compiles every kernel of a training step on the adapter that the environment of this process selects. Arguments: size, blocks,
 * ngf. The driver writes assembly and statistics to standard error. After the part of each kernel, this program writes a line of
 * `protocol.ts`.
 */
import { writeSync } from "node:fs";
import { chooseAdapter } from "../../src/driver/adapters.js";
import { listAdapters, openAdapter, type OpenAdapter } from "../../src/driver/dawn.js";
import { shaders } from "../../src/generated/shaders.js";
import { Gpu } from "../../src/gpu/gpu.js";
import { rehearsalDevice } from "../../src/gpu/rehearsal.js";
import { KernelCache, specialise } from "../../src/gpu/kernel.js";
import type { KernelName, KernelSource } from "../../src/gpu/kernel-arguments.js";
import { defaultOptions } from "../../src/models/cyclegan/options.js";
import { trainOnNoise } from "../../src/bench/step.js";
import { formatNote, NO_DEVICE, type KernelUse } from "./protocol.js";

/** Writes to standard error synchronously, so that the text is in order with the driver's. */
function note(text: string): void {
  writeSync(2, text);
}

async function openNullAdapter(): Promise<OpenAdapter> {
  const name = chooseAdapter("hardware", await listAdapters());
  if (!name) throw new Error("the driver has no adapter");
  return openAdapter({ adapter: name, variables: {} });
}

/** Opens the engine on the adapter's device, which has no memory and can only compile. All other calls are ignored. */
async function openCompiler({ adapter, instance }: OpenAdapter): Promise<{ readonly gpu: Gpu; readonly device: GPUDevice }> {
  let device: GPUDevice | undefined;
  const requestDevice = async (wanted: GPUDeviceDescriptor): Promise<GPUDevice> => {
    device = await adapter.requestDevice(wanted);
    const inert = rehearsalDevice(device);
    // The rehearsal device has every property, but with a `then` it would be treated as a promise.
    return new Proxy(inert, { get: (target, name): unknown => (name === "then" ? undefined : Reflect.get(target, name, target)) });
  };
  const inert = new Proxy(adapter, {
    get: (target, name): unknown => (name === "requestDevice" ? requestDevice : Reflect.get(target, name, target)),
  });
  const gpu = await Gpu.create(inert, { keepAlive: instance });
  if (!device) throw new Error("the engine requested no device");
  return { gpu, device };
}

/** Rehearses two steps and compiles their kernels. Returns the use of each kernel in the second step. */
async function rehearseStep(gpu: Gpu, device: GPUDevice, sizes: readonly number[]): Promise<Map<string, KernelUse>> {
  const [size = 0, nBlocks = 0, ngf = 0] = sizes;
  const kernels = new KernelCache(device);
  const labelsOfText = new Map<string, string>();
  const names = new Map<string, string>();
  const uses = new Map<string, KernelUse>();
  using rehearsal = gpu.rehearsal();
  const run = rehearsal.run.bind(rehearsal);
  rehearsal.run = (called, args, grid) => {
    const name: KernelName | KernelSource = called;
    if (typeof name !== "string") throw new Error(`expected a kernel of shaders/, got ${name.name}`);
    const { width = 4, tune, flops = 0 } = grid;
    const { label } = kernels.get(name, width, tune, {});
    if (!names.has(label)) {
      // Dawn makes one pipeline for all kernels with the same text. It has the name of the first.
      const text = specialise(name, shaders[name], width, tune ?? {});
      names.set(label, labelsOfText.get(text) ?? label);
      if (!labelsOfText.has(text)) note(formatNote("kernel", label));
      labelsOfText.set(text, names.get(label) ?? label);
    }
    const kernel = names.get(label) ?? label;
    const before = uses.get(kernel) ?? { dispatches: 0, flops: 0 };
    uses.set(kernel, { dispatches: before.dispatches + 1, flops: before.flops + flops });
    run(called, args, grid);
  };
  const { step } = trainOnNoise(rehearsal, { size, options: { ...defaultOptions, nBlocks, ngf, poolSize: 1 } });
  await step();
  // The first step is not typical, because it fills the pools.
  uses.clear();
  await step();
  return uses;
}

/** Ends the process, and reports the reason to the one that started it. */
function fail(status: number, error: unknown): never {
  note(formatNote("failure", JSON.stringify(error instanceof Error ? error.message : String(error))));
  process.exit(status);
}

const { gpu, device } = await openNullAdapter().then(openCompiler).catch((error: unknown) => fail(NO_DEVICE, error));
try {
  device.pushErrorScope("validation");
  const uses = await rehearseStep(gpu, device, process.argv.slice(2).map(Number));
  const failure = await device.popErrorScope();
  if (failure) throw new Error(failure.message);
  const step = { driver: gpu.adapterInfo.description, uses: Object.fromEntries(uses) };
  note(formatNote("step", JSON.stringify(step)));
} catch (error) {
  fail(1, error);
}
process.exit(0);
