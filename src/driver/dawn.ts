import { env } from "../env.js";
import { DeviceError } from "../errors.js";
import { chooseAdapter, parseAdapter, parseAdapterList, type AdapterName } from "./adapters.js";

/** No adapter has this name, so asking for it makes Dawn throw an error that lists those there are. */
export const UNKNOWN_ADAPTER = "adapter=\u0001";

/** An adapter with the Dawn instance that must live as long as its device: Node dies natively without it. */
export interface OpenAdapter {
  readonly adapter: GPUAdapter;
  readonly instance: GPU;
}

/** The `webgpu` package, loaded on first use; its constants (GPUBufferUsage, …) become globals once. */
async function loadDawn(): Promise<(flags: string[]) => GPU> {
  const { create, globals } = await import("webgpu");
  if (!("GPUBufferUsage" in globalThis)) Object.assign(globalThis, globals);
  return create;
}

/** The adapters that Dawn sees in this process. */
export async function listAdapters(): Promise<AdapterName[]> {
  const create = await loadDawn();
  try {
    await create([UNKNOWN_ADAPTER]).requestAdapter();
    return [];
  } catch (error) {
    return parseAdapterList(error instanceof Error ? error.message : "");
  }
}

/** Opens a listed adapter. Throws DeviceError when Dawn refuses it. */
export async function openAdapter(name: AdapterName, unsafeFast = false): Promise<OpenAdapter> {
  const create = await loadDawn();
  const fast = "enable-dawn-features=skip_validation,disable_robustness,disable_workgroup_init";
  const instance = create([`adapter=${name.name}`, `backend=${name.backend}`, ...(unsafeFast ? [fast] : [])]);
  const adapter = await instance.requestAdapter().catch(() => null);
  if (!adapter) throw new DeviceError(`${name.name}: Dawn refuses it. Run "cyclegan doctor" to see what there is.`);
  return { adapter, instance };
}

/** The adapter for a choice: the one that this process was given or, failing that, one that it sees, or undefined. */
export async function findAdapter(choice: string): Promise<AdapterName | undefined> {
  const provided = env.provided === undefined ? [] : [parseAdapter(env.provided)];
  return chooseAdapter(choice, provided) ?? chooseAdapter(choice, await listAdapters());
}
