/** Runs a command again in the environment of its adapter. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { env } from "../env.js";
import { pipeline } from "node:stream/promises";
import { isatty, WriteStream } from "node:tty";
import { describeAdapter, formatAdapter, isSoftware, type AdapterEnvironment, type AdapterName } from "./adapters.js";
import { forgetDecision, recallDecision, rememberDecision } from "./decision.js";
import { sweepDrivers } from "./driver-folder.js";
import { ensureAdapter } from "./environment.js";
import { exitStatus } from "./exit-status.js";
import { withoutNativeNoise } from "./native-noise.js";

/** Native crashes, most likely in the driver. */
const CRASHES: readonly string[] = ["SIGSEGV", "SIGILL", "SIGABRT", "SIGBUS"];

/** The adapter for a choice (CYCLEGAN_ADAPTER instead of `auto`, if set), from the last decision or from a new search. */
export async function resolveAdapter(choice = "auto"): Promise<AdapterEnvironment> {
  const wanted = choice === "auto" ? (env.adapter ?? choice) : choice;
  sweepDrivers();
  const known = await recallDecision(wanted);
  if (known) return known;
  const found = await ensureAdapter(wanted);
  await rememberDecision(wanted, found);
  return found;
}

/** Whether Ctrl-C in a terminal reaches this process and its children together, so that it must not be passed on. */
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

/** Milliseconds between looks at whether the process that started this one still runs. */
const PARENT_CHECK = 500;

/** Ends this process as SIGTERM does, with everything saved, once the process that started it is gone. */
function endWithParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, PARENT_CHECK);
  timer.unref();
}

/** The descriptor of the terminal in a child whose error output is filtered. */
const TERMINAL = 3;

/**
 * Makes the terminal the error output of this process again, so that its order with standard output is kept. What the driver
 * itself writes still passes through the filter.
 */
function writeToTerminal(): void {
  if (env.terminal === undefined || process.stderr.isTTY || !isatty(env.terminal)) return;
  const terminal = new WriteStream(env.terminal);
  // Once the terminal is closed, there is nobody left to tell.
  terminal.on("error", () => {});
  const { columns } = terminal;
  // Node only keeps the width of the standard streams up to date.
  Object.defineProperty(terminal, "columns", { get: () => process.stdout.columns ?? columns });
  Object.defineProperty(process, "stderr", { value: terminal });
}

/** The exit status, as in shells. After a crash, the decision for the adapter is forgotten. */
async function statusOf(child: ChildProcess): Promise<number> {
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ending) => resolve(ending));
  });
  if (signal !== null && CRASHES.includes(signal)) {
    console.error(`adapter: ended by ${signal}, most likely in the driver. The next start looks for an adapter again.`);
    await forgetDecision();
  }
  return exitStatus(code, signal);
}

/** Whether Dawn writes warnings of its own about this adapter. */
function isNoisy(adapter: AdapterName): boolean {
  return isSoftware(adapter) && adapter.backend === "vulkan";
}

/**
 * Runs a program in the adapter's environment with the input and output of this process, and exits with its status. Dawn's
 * warnings about software adapters are filtered out of the error output.
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
      CYCLEGAN_STARTED_BY: String(process.pid),
      ...(direct ? { CYCLEGAN_TERMINAL: String(TERMINAL) } : {}),
    },
    // On Windows, npm's commands are .cmd files, which only a shell can run.
    shell: process.platform === "win32" && command !== process.execPath,
  });
  forwardSignals(child);
  // If nobody reads any more, the child notices by itself.
  const errors = child.stderr ? pipeline(child.stderr, withoutNativeNoise(), process.stderr, { end: false }) : undefined;
  const [status] = await Promise.all([statusOf(child), errors?.catch(() => {})]);
  process.exit(status);
}

/**
 * Returns if this process can open the adapter. Otherwise finds or provides it, runs the same command line again in its
 * environment, and exits with the same status. Names the adapter on the error output. Throws a DeviceError if there is none.
 */
export async function withAdapter(choice?: string): Promise<void> {
  if (env.startedBy === process.ppid) endWithParent();
  if (env.provided !== undefined) {
    writeToTerminal();
    return;
  }
  const found = await resolveAdapter(choice);
  console.error(describeAdapter(found.adapter));
  process.env["CYCLEGAN_PROVIDED"] = formatAdapter(found.adapter);
  if (Object.keys(found.variables).length === 0 && !isNoisy(found.adapter)) return;
  const variables = { ...found.variables, CYCLEGAN_REPEATED: "1" };
  await runWithin({ ...found, variables }, process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
}
