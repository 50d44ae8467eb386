import { DeviceError } from "./errors.js";
import { env } from "./env.js";
import { findAdapter, openAdapter } from "./driver/dawn.js";
import { softwareVariables } from "./driver/driver-folder.js";
import { endOnRequest } from "./driver/end-worker.js";
import { forgetDecision } from "./driver/decision.js";
import type { AdapterEnvironment } from "./driver/adapters.js";
import { Gpu } from "./gpu/gpu.js";

/** What to open. */
export interface OpenOptions {
  /** `auto`, `hardware`, `software`, a number that `doctor` shows, or a part of a name. Default: CYCLEGAN_ADAPTER, then `auto`. */
  readonly adapter?: string;
  /** Leaves out Dawn's validation and bounds checks, for benchmarks: an error is then silent corruption. */
  readonly unsafeFast?: boolean;
  /**
   * Lets `tune`, and choices made by hand, use the GPU's matrix units through an experimental feature of Dawn. Most of them
   * round operands to f16, so that results differ by more than float32's rounding. Default: whether CYCLEGAN_MATRICES is 1.
   */
  readonly matrices?: boolean;
}

/** The adapter for a choice. If the system's loader finds none, a driver in the cache is used. */
async function find(choice: string): Promise<AdapterEnvironment | undefined> {
  const found = await findAdapter(choice);
  if (found || choice === "hardware" || env.vulkanDrivers) return found;
  const variables = (await softwareVariables("lavapipe")) ?? (await softwareVariables("swiftshader"));
  if (!variables) return undefined;
  Object.assign(process.env, variables);
  return findAdapter(choice);
}

/**
 * Opens a WebGPU adapter through Dawn, by default a hardware one if there is one.
 *
 * Throws DeviceError if this process sees no such adapter, or if `matrices` is true and it has no matrix units that can be used.
 */
export async function openGpu(options: OpenOptions = {}): Promise<Gpu> {
  const { adapter: given = "auto", unsafeFast = false, matrices = env.matrices } = options;
  const choice = given === "auto" ? (env.adapter ?? given) : given;
  const found = await find(choice);
  if (!found) {
    await forgetDecision();
    throw new DeviceError(
      `openGpu: expected a WebGPU adapter for "${choice}", got none. ` +
        'Run "npx cyclegan exec -- node <your script>", which provides a driver, or "npx cyclegan doctor".',
    );
  }
  const { adapter, instance } = await openAdapter(found, { unsafeFast, matrices }).catch(async (error: unknown) => {
    await forgetDecision();
    throw error;
  });
  const gpu = await Gpu.create(adapter, { keepAlive: instance, matrices });
  endOnRequest(gpu);
  return gpu;
}
