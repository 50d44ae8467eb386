import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Runs the built command in a folder, as a user does. */
export function cyclegan(folder: string, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, DEBUG: "" };
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
