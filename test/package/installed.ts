import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../../", import.meta.url));

const execute = promisify(execFile);

/** What `npm pack --json` says of the tarball. */
export interface Packed {
  /** Bytes. */
  readonly size: number;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Runs a program in a folder and returns its standard output. Throws with all that it printed when it fails. */
export async function run(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd: folder, env: { ...process.env, DEBUG: "" } });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Packs the built package into a folder. */
export async function packPackage(folder: string): Promise<Packed> {
  // The package is built already; its own scripts would build it once more, under the other tests' feet.
  const [packed] = JSON.parse(await run(root, "npm", "pack", "--ignore-scripts", "--json", "--pack-destination", folder)) as [Packed];
  return packed;
}

/** Packs the built package and installs it, as a user does, into an empty folder with one program in it. */
export async function installPackage(program: string): Promise<{ packed: Packed; base: string; app: string }> {
  const base = mkdtempSync(join(tmpdir(), "cyclegan-package-"));
  const app = join(base, "app");
  mkdirSync(app);
  const packed = await packPackage(base);
  writeFileSync(join(app, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(app, "program.ts"), program);
  const quick = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await run(app, "npm", "install", ...quick, join(base, packed.filename));
  return { packed, base, app };
}
