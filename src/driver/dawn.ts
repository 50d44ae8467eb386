/** Dawn, the WebGPU implementation for Node: lists and opens adapters. */
import { env } from "../env.js";
import { DeviceError } from "../errors.js";
import {
  chooseAdapter,
  isNumber,
  parseAdapter,
  parseAdapterList,
  UNKNOWN_ADAPTER,
  type AdapterEnvironment,
  type AdapterName,
} from "./adapters.js";
import { forgetDecision } from "./decision.js";
import { adapterOfNumber, environmentOf } from "./numbered-adapter.js";

/** An adapter and its Dawn instance, which must live as long as the device: Node crashes without it. */
export interface OpenAdapter {
  readonly adapter: GPUAdapter;
  readonly instance: GPU;
}

/** The `webgpu` package, loaded on first use. Its constants (GPUBufferUsage, …) become globals. */
async function loadDawn(): Promise<(flags: string[]) => GPU> {
  const { create, globals } = await import("webgpu");
  if (!("GPUBufferUsage" in globalThis)) Object.assign(globalThis, globals);
  return create;
}

function flagsOf({ name, backend }: AdapterName): string[] {
  return [`adapter=${name}`, `backend=${backend}`];
}

/** The adapter whose driver this process was given. */
export function providedAdapter(): AdapterName | undefined {
  return env.provided === undefined ? undefined : parseAdapter(env.provided);
}

/** The adapters that Dawn can open in this process, with their numbers. */
export async function listAdapters(): Promise<AdapterName[]> {
  const create = await loadDawn();
  const message = await create([UNKNOWN_ADAPTER])
    .requestAdapter()
    .then(() => "", (error: unknown) => (error instanceof Error ? error.message : ""));
  const usable: AdapterName[] = [];
  for (const { backend, name } of parseAdapterList(message)) {
    const adapter = await create(flagsOf({ backend, name })).requestAdapter().catch(() => null);
    if (adapter) usable.push({ backend, name, number: usable.length });
  }
  const [only, ...others] = usable;
  const given = providedAdapter()?.number;
  // A process that was given one of several equal adapters sees no other; the adapter keeps the number it was chosen by.
  return only && others.length === 0 && given !== undefined ? [{ ...only, number: given }] : usable;
}

/** Does some work with environment variables set: native code reads them when a Dawn instance looks for adapters. */
async function withVariables<T>(variables: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Toggles of Dawn for benchmarks. */
const FAST = ["skip_validation", "disable_robustness", "disable_workgroup_init"];
/** The toggle of Dawn without which adapters do not offer their matrix units. */
const MATRICES = ["allow_unsafe_apis", "vulkan_enable_f16_on_nvidia", "use_vulkan_memory_model"];

/** Dawn rounds timestamps to 65 µs, so that a web page cannot time what others do. Here they time our own kernels. */
const EXACT_TIMES = "disable-dawn-features=timestamp_quantization";

/** Opens a listed adapter. Throws a DeviceError if Dawn refuses it. */
export async function openAdapter(
  { adapter: listed, variables }: AdapterEnvironment,
  { unsafeFast = false, matrices = false } = {},
): Promise<OpenAdapter> {
  const create = await loadDawn();
  const toggles = [...(unsafeFast ? FAST : []), ...(matrices ? MATRICES : [])];
  const instance = create([...flagsOf(listed), EXACT_TIMES, ...(toggles.length > 0 ? [`enable-dawn-features=${toggles.join(",")}`] : [])]);
  const adapter = await withVariables(variables, () => instance.requestAdapter()).catch(() => null);
  if (!adapter) {
    await forgetDecision();
    throw new DeviceError(
      `${listed.name}: Dawn refuses this adapter. The next start looks for one again; "cyclegan doctor" shows which ones work.`,
    );
  }
  return { adapter, instance };
}

/**
 * The adapter for a choice: the one that this process was given, else one that it sees, else undefined. Throws a
 * DeviceError for a number that no adapter has.
 */
export async function findAdapter(choice: string): Promise<AdapterEnvironment | undefined> {
  const provided = providedAdapter();
  if (provided && !isNumber(choice) && chooseAdapter(choice, [provided])) return { adapter: provided, variables: {} };
  const adapters = await listAdapters();
  if (isNumber(choice) && adapters.length > 0) return environmentOf(adapterOfNumber(choice, adapters), adapters, {});
  const adapter = chooseAdapter(choice, adapters);
  return adapter && { adapter, variables: {} };
}
