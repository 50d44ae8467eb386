import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a TypeScript file of examples/ with these arguments, and returns its output. */
export async function runExample(name: string, ...args: readonly string[]): Promise<string> {
  const command = [fileURLToPath(import.meta.resolve("tsx/cli")), `examples/${name}`, ...args];
  const options = { cwd: root, env: { ...process.env, DEBUG: "" } };
  const { stdout } = await promisify(execFile)(process.execPath, command, options);
  return stdout;
}
