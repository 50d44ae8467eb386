import { spawn } from "node:child_process";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KernelError } from "../../src/errors.js";
import { isJsonObject } from "../../src/io/parse-json.js";
import { CannotRun } from "./cannot-run.js";
import type { Device } from "./null-device.js";
import { NO_DEVICE, readNotes, type KernelUse } from "./protocol.js";

/** The sizes of a step: images of size², residual blocks, and channels after a generator's first convolution (ngf). */
export interface StepSizes {
  readonly size: number;
  readonly blocks: number;
  readonly ngf: number;
}

/** A kernel as the driver compiled it. */
export interface Compiled extends KernelUse {
  readonly name: string;
  /** The driver's statistics, by its own names: `VGPRs`, `Spilled VGPRs`, … */
  readonly statistics: Readonly<Record<string, number>>;
  readonly assembly: string;
}

export interface CompiledStep {
  /** The driver's description, such as `radv: Mesa …`. */
  readonly driver: string;
  readonly kernels: readonly Compiled[];
}

/** Parses RADV's output for one pipeline: its assembly, then its statistics. Returns undefined if the text has another form. */
export function readShader(text: string): Pick<Compiled, "statistics" | "assembly"> | undefined {
  const [, assembly, figures] = /^disasm:\n(.*?)^\*\*\* SHADER STATS \*\*\*\n(.*?)^\*{8}/ms.exec(text) ?? [];
  if (assembly === undefined || figures === undefined) return undefined;
  const pairs = [...figures.matchAll(/^(.+): (\d+)$/gm)].map(([, name = "", value]) => [name, Number(value)] as const);
  return { statistics: Object.fromEntries(pairs), assembly };
}

function isUse(value: unknown): value is KernelUse {
  return isJsonObject(value) && typeof value["dispatches"] === "number" && typeof value["flops"] === "number";
}

/**
 * Runs `compile-step.ts` and returns its exit status (128 after a signal) and its error output. The output goes to a file,
 * because Node's pipes do not block, and the driver drops any text that does not fit into the pipe.
 */
async function runCompiler(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<readonly [status: number, errors: string]> {
  const program = fileURLToPath(new URL("compile-step.ts", import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "cyclegan-compilers-"));
  try {
    const path = join(folder, "errors.txt");
    const errors = await open(path, "w");
    const status = await new Promise<number>((resolve, reject) => {
      const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), program, ...args], {
        stdio: ["ignore", "ignore", errors.fd],
        env: { ...process.env, ...variables },
      });
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 128));
    });
    await errors.close();
    return [status, await readFile(path, "utf8")];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Compiles every kernel of a step for a device, in a separate process. Throws CannotRun if the device cannot be opened. */
export async function compileStep(
  device: Device,
  { size, blocks, ngf }: StepSizes,
  variables: Readonly<Record<string, string>>,
): Promise<CompiledStep> {
  const [status, errors] = await runCompiler([size, blocks, ngf].map(String), variables);
  const notes = readNotes(errors);
  const last = notes.at(-1);
  if (status !== 0 || last?.kind !== "step") {
    const reason = last?.kind === "failure" ? String(JSON.parse(last.text)) : (errors.trim().split("\n").at(-1) ?? "");
    if (status === NO_DEVICE) throw new CannotRun(`RADV cannot open the null device ${device}: ${reason}`);
    throw new KernelError(`${device}: expected every kernel of a step to compile, got status ${status}: ${reason}`);
  }
  const step: unknown = JSON.parse(last.text);
  const uses = isJsonObject(step) && isJsonObject(step["uses"]) ? step["uses"] : {};
  const kernels: Compiled[] = [];
  for (const { before, kind, text: name } of notes) {
    const use = uses[name];
    // Skip a kernel that only the first step uses.
    if (kind !== "kernel" || !isUse(use)) continue;
    const shader = readShader(before);
    if (!shader) {
      const got = JSON.stringify(before.slice(0, 200));
      throw new KernelError(`${device}: expected RADV's assembly and statistics of ${name}, got ${got}.`);
    }
    kernels.push({ name, ...use, ...shader });
  }
  return { driver: isJsonObject(step) ? String(step["driver"]) : "", kernels };
}
