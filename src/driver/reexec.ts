import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { env } from "../env.js";
import { pipeline } from "node:stream/promises";
import { isatty, WriteStream } from "node:tty";
import { describeAdapter, formatAdapter, isSoftware, type AdapterEnvironment, type AdapterName } from "./adapters.js";
import { forgetDecision, recallDecision, rememberDecision } from "./decision.js";
import { ensureAdapter } from "./environment.js";
import { withoutNativeNoise } from "./native-noise.js";

/** A native crash: the driver's fault, more likely than not. */
const CRASHES: readonly string[] = ["SIGSEGV", "SIGILL", "SIGABRT", "SIGBUS"];

/** The adapter for a choice (CYCLEGAN_ADAPTER instead of `auto`, if set), from the last decision or by looking. */
export async function resolveAdapter(choice = "auto"): Promise<AdapterEnvironment> {
  const wanted = choice === "auto" ? (env.adapter ?? choice) : choice;
  const known = await recallDecision(wanted);
  if (known) return known;
  const found = await ensureAdapter(wanted);
  await rememberDecision(wanted, found);
  return found;
}

/** Whether a terminal's Ctrl-C reaches this process and its children together, so that it must not be passed on. */
function sharesTerminal(): boolean {
  try {
    // After the name in parentheses: state, parent, group, session, terminal, foreground group.
    const [, , group, , , foreground] = readFileSync("/proc/self/stat", "utf8").replace(/^.*\) /s, "").split(" ");
    return group === foreground;
  } catch {
    return process.stdin.isTTY || process.stderr.isTTY;
  }
}

function forwardSignals(child: ChildProcess): void {
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {
    if (!sharesTerminal()) child.kill("SIGINT");
  });
}

/** Where a child whose error output is filtered finds the terminal itself. */
const TERMINAL = 3;

/**
 * Makes the terminal this process's error output again, so that what it writes keeps its order with standard output;
 * what the driver writes by itself continues through the filter.
 */
function writeToTerminal(): void {
  if (env.terminal === undefined || process.stderr.isTTY || !isatty(env.terminal)) return;
  const terminal = new WriteStream(env.terminal);
  // Once it is closed, nobody can be told.
  terminal.on("error", () => {});
  const { columns } = terminal;
  // Node keeps only the width of the standard streams up to date.
  Object.defineProperty(terminal, "columns", { get: () => process.stdout.columns ?? columns });
  Object.defineProperty(process, "stderr", { value: terminal });
}

/** The exit status as shells have it; after a crash the adapter is sought anew. */
async function statusOf(child: ChildProcess): Promise<number> {
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ending) => resolve(ending));
  });
  if (signal !== null && CRASHES.includes(signal)) {
    console.error(`adapter: ended by ${signal}, most likely in the driver. The next start looks for an adapter anew.`);
    await forgetDecision();
  }
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Whether Dawn writes warnings of its own about this adapter. */
function isNoisy(adapter: AdapterName): boolean {
  return isSoftware(adapter) && adapter.backend === "vulkan";
}

/**
 * Runs a program in the adapter's environment with this process's input and output, and exits as it does. Dawn's own
 * warnings about software adapters are kept from the error output.
 */
export async function runWithin(
  { adapter, variables }: AdapterEnvironment,
  command: string,
  args: readonly string[],
): Promise<never> {
  const quiet = isNoisy(adapter);
  const direct = quiet && process.stderr.isTTY;
  const child = spawn(command, args, {
    stdio: ["inherit", "inherit", quiet ? "pipe" : "inherit", ...(direct ? [process.stderr.fd] : [])],
    env: {
      ...process.env,
      ...variables,
      CYCLEGAN_PROVIDED: formatAdapter(adapter),
      ...(direct ? { CYCLEGAN_TERMINAL: String(TERMINAL) } : {}),
    },
    // npm's commands are .cmd files there, which only a shell runs.
    shell: process.platform === "win32" && command !== process.execPath,
  });
  forwardSignals(child);
  // Where nobody reads any more, the child finds out by itself.
  const errors = child.stderr ? pipeline(child.stderr, withoutNativeNoise(), process.stderr, { end: false }) : undefined;
  const [status] = await Promise.all([statusOf(child), errors?.catch(() => {})]);
  process.exit(status);
}

/**
 * Returns when this process can open the adapter; otherwise provides one, runs the same command line again in its
 * environment, and exits as that does. Says on the error output which adapter it is. Throws DeviceError when there is
 * none.
 */
export async function withAdapter(choice?: string): Promise<void> {
  if (env.provided !== undefined) {
    writeToTerminal();
    return;
  }
  const found = await resolveAdapter(choice);
  console.error(describeAdapter(found.adapter));
  process.env["CYCLEGAN_PROVIDED"] = formatAdapter(found.adapter);
  if (Object.keys(found.variables).length === 0 && !isNoisy(found.adapter)) return;
  await runWithin(found, process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
}
