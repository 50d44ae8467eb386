import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { env } from "../env.js";
import { describeAdapter } from "./adapters.js";
import { forgetDecision, recallDecision, rememberDecision } from "./decision.js";
import { ensureAdapter, type AdapterEnvironment } from "./environment.js";

/** Set for a process that was given its adapter's environment, so that it does not look for one again. */
const PROVIDED = "CYCLEGAN_PROVIDED";

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

/** Runs a program in the adapter's environment with this process's input and output, and exits as it does. */
export async function runWithin(found: AdapterEnvironment, command: string, args: readonly string[]): Promise<never> {
  const variables = { ...found.variables, [PROVIDED]: "1" };
  const child = spawn(command, args, {
    stdio: "inherit",
    env: { ...process.env, ...variables },
    // npm's commands are .cmd files there, which only a shell runs.
    shell: process.platform === "win32" && command !== process.execPath,
  });
  forwardSignals(child);
  const status = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const crashed = signal !== null && CRASHES.includes(signal);
      const ended = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      void (crashed ? forgetDecision() : Promise.resolve()).then(() => resolve(ended), reject);
    });
  });
  process.exit(status);
}

/**
 * Returns when this process can open the adapter; otherwise provides one, runs the same command line again in its
 * environment, and exits as that does. Says on the error output which adapter it is. Throws DeviceError when there is
 * none.
 */
export async function withAdapter(choice?: string): Promise<void> {
  if (process.env[PROVIDED]) return;
  const found = await resolveAdapter(choice);
  console.error(describeAdapter(found.adapter));
  process.env[PROVIDED] = "1";
  if (Object.keys(found.variables).length === 0) return;
  await runWithin(found, process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
}
