/**
 * Compiles every kernel of a training step on the adapter that this process's environment offers. Arguments: size, blocks,
 * ngf. The driver writes what it makes to the error output; behind each kernel's part stands a line of `protocol.ts`.
 */
import { writeSync } from "node:fs";
import { chooseAdapter } from "../../src/driver/adapters.js";
import { listAdapters, openAdapter, type OpenAdapter } from "../../src/driver/dawn.js";
import { shaders } from "../../src/generated/shaders.js";
import { Gpu } from "../../src/gpu/gpu.js";
import { rehearsalDevice } from "../../src/gpu/rehearsal.js";
import { KernelCache, specialise } from "../../src/gpu/kernel.js";
import { defaultOptions } from "../../src/models/cyclegan/options.js";
import { trainOnNoise } from "../../src/bench/step.js";
import { formatNote, NO_DEVICE, type KernelUse } from "./protocol.js";

/** Writes to the error output at once, in order with the driver. */
function note(text: string): void {
  writeSync(2, text);
}

async function openNullAdapter(): Promise<OpenAdapter> {
  const name = chooseAdapter("hardware", await listAdapters());
  if (!name) throw new Error("the driver shows no adapter");
  return openAdapter({ adapter: name, variables: {} });
}

/** The engine on the adapter's device, which has no memory and so only compiles: all else is dropped. */
async function openCompiler({ adapter, instance }: OpenAdapter): Promise<{ readonly gpu: Gpu; readonly device: GPUDevice }> {
  let device: GPUDevice | undefined;
  const requestDevice = async (wanted: GPUDeviceDescriptor): Promise<GPUDevice> => {
    device = await adapter.requestDevice(wanted);
    const inert = rehearsalDevice(device);
    // Whatever is asked of it, it has; a promise takes what has a `then` for a promise.
    return new Proxy(inert, { get: (target, name): unknown => (name === "then" ? undefined : Reflect.get(target, name, target)) });
  };
  const inert = new Proxy(adapter, {
    get: (target, name): unknown => (name === "requestDevice" ? requestDevice : Reflect.get(target, name, target)),
  });
  const gpu = await Gpu.create(inert, { keepAlive: instance });
  if (!device) throw new Error("the engine asked for no device");
  return { gpu, device };
}

/** Goes through a step twice, compiles on the way, and returns how often the second step dispatches which kernel. */
async function rehearseStep(gpu: Gpu, device: GPUDevice, sizes: readonly number[]): Promise<Map<string, KernelUse>> {
  const [size = 0, nBlocks = 0, ngf = 0] = sizes;
  const kernels = new KernelCache(device);
  const labelsOfText = new Map<string, string>();
  const names = new Map<string, string>();
  const uses = new Map<string, KernelUse>();
  using rehearsal = gpu.rehearsal();
  const run = rehearsal.run.bind(rehearsal);
  rehearsal.run = (name, args, grid) => {
    const { width = 4, tune, flops = 0 } = grid;
    const { label } = kernels.get(name, width, tune);
    if (!names.has(label)) {
      // Dawn makes one pipeline of kernels with the same text, which goes by the name of the first.
      const text = specialise(name, shaders[name], width, tune ?? {});
      names.set(label, labelsOfText.get(text) ?? label);
      if (!labelsOfText.has(text)) note(formatNote("kernel", label));
      labelsOfText.set(text, names.get(label) ?? label);
    }
    const kernel = names.get(label) ?? label;
    const before = uses.get(kernel) ?? { dispatches: 0, flops: 0 };
    uses.set(kernel, { dispatches: before.dispatches + 1, flops: before.flops + flops });
    run(name, args, grid);
  };
  const { step } = trainOnNoise(rehearsal, { size, options: { ...defaultOptions, nBlocks, ngf, poolSize: 1 } });
  await step();
  // The first step fills the pools and is like no other.
  uses.clear();
  await step();
  return uses;
}

/** Ends the process, and tells the one that started it why. */
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
