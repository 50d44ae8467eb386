/** Runs a program and collects its output. */
import { spawn } from "node:child_process";

/** How a program ended, and what it printed. */
export interface CommandResult {
  /** Exit status; 127 if the program could not be started, 128 if a signal ended it. */
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program without input until it ends, with English messages. Never rejects. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly variables?: Readonly<Record<string, string | undefined>> } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, LC_ALL: "C", ...options.variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", (error) => resolve({ status: 127, output, errors: error.message }));
    child.on("close", (code) => resolve({ status: code ?? 128, output, errors }));
  });
}
