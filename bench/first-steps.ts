import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../src/driver/cache.js";
import { KernelError } from "../src/errors.js";
import { isJsonObject } from "../src/io/parse-json.js";
import { openGpu } from "../src/open-gpu.js";
import { trainOnNoise, type StepConfig } from "../src/bench/step.js";
import type { FirstStep } from "./report.js";

/** The hidden subcommand that runs a first step and prints its figures. */
export const FIRST_STEP = "first-step";

const run = promisify(execFile);

/** Environment variables with which Mesa, NVIDIA's driver and drivers that follow the XDG rules cache shaders in `folder`. */
function cachingIn(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    MESA_SHADER_CACHE_DIR: folder,
    __GL_SHADER_DISK_CACHE_PATH: folder,
    XDG_CACHE_HOME: folder,
    // This program's own cache stays where it is, because it may contain the driver.
    CYCLEGAN_CACHE: cacheFolder(),
  };
}

function parseFirstStep(output: string): FirstStep {
  const value: unknown = JSON.parse(output.trim().split("\n").at(-1) ?? "");
  const { openMilliseconds, milliseconds, pipelines } = isJsonObject(value) ? value : {};
  if (typeof openMilliseconds !== "number" || typeof milliseconds !== "number" || typeof pipelines !== "number") {
    throw new KernelError(`${FIRST_STEP}: expected its figures as JSON, got ${JSON.stringify(output.slice(0, 80))}.`);
  }
  return { openMilliseconds, milliseconds, pipelines };
}

/**
 * Measures the first training step of a new process: cold, with the driver's shader cache empty, and warm, with the cache filled
 * by the cold run. Runs this program twice, with `args` after the name of the subcommand. Throws KernelError if a run fails.
 */
export async function measureFirstSteps(args: readonly string[]): Promise<{ cold: FirstStep; warm: FirstStep }> {
  const folder = await mkdtemp(join(tmpdir(), "cyclegan-bench-"));
  const env = cachingIn(folder);
  const first = async (): Promise<FirstStep> => {
    const program = [...process.execArgv, process.argv[1] ?? "", FIRST_STEP, ...args];
    const { stdout } = await run(process.execPath, program, { env }).catch((cause: unknown) => {
      throw new KernelError(`${FIRST_STEP}: expected a training step in a process of its own, got ${String(cause)}`, { cause });
    });
    return parseFirstStep(stdout);
  };
  try {
    const cold = await first();
    return { cold, warm: await first() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures the first step on a new device. */
export async function measureFirstStep(adapter: string, config: StepConfig): Promise<FirstStep> {
  const start = performance.now();
  using gpu = await openGpu({ adapter });
  const opened = performance.now();
  const { trainer, step } = trainOnNoise(gpu, config);
  await step();
  await gpu.idle();
  const done = performance.now();
  const { pipelines } = gpu.stats;
  trainer.dispose();
  return { openMilliseconds: opened - start, milliseconds: done - opened, pipelines };
}
