import { execFile } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command. */
export const mainFile = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Starts the built command in a folder, as a user does. */
export function start(folder: string, ...args: readonly string[]): { child: ChildProcess; outcome: Promise<Outcome> } {
  return startWith(folder, {}, ...args);
}

/** The same with these environment variables. */
export function startWith(folder: string, variables: Readonly<Record<string, string>>, ...args: readonly string[]): { child: ChildProcess; outcome: Promise<Outcome> } {
  const env = { ...process.env, DEBUG: "", ...variables };
  let finish: (outcome: Outcome) => void;
  const outcome = new Promise<Outcome>((resolve) => {
    finish = resolve;
  });
  const child = execFile(process.execPath, [mainFile, ...args], { cwd: folder, env }, (_, stdout, stderr) => {
    finish({ code: child.exitCode ?? -1, stdout, stderr });
  });
  return { child, outcome };
}

/** Runs the built command to its end. */
export function cyclegan(folder: string, ...args: readonly string[]): Promise<Outcome> {
  return start(folder, ...args).outcome;
}
