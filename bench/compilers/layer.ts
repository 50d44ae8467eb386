import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../src/driver/cache.js";
import { createFolderWhole } from "../../src/io/files.js";
import { runCommand } from "../../src/driver/run-command.js";
import { CannotRun } from "./cannot-run.js";

const SOURCE = fileURLToPath(new URL("layer.c", import.meta.url));
const NAME = "VK_LAYER_CYCLEGAN_null_device";
const COMPILERS = ["cc", "gcc", "clang"];
const FLAGS = ["-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden"];

const manifest = {
  file_format_version: "1.1.2",
  layer: {
    name: NAME,
    type: "GLOBAL",
    library_path: "./layer.so",
    api_version: "1.3.0",
    implementation_version: "1",
    description: "makes it possible to open RADV's null device",
  },
};

async function compilerHere(): Promise<string> {
  for (const compiler of COMPILERS) if ((await runCommand(compiler, ["--version"])).status === 0) return compiler;
  throw new CannotRun(`no C compiler (${COMPILERS.join(", ")}): install one, on Debian with "apt-get install gcc libc6-dev"`);
}

async function fill(folder: string): Promise<void> {
  const compiler = await compilerHere();
  const { status, errors } = await runCommand(compiler, [...FLAGS, SOURCE, "-o", join(folder, "layer.so")]);
  if (status !== 0) throw new CannotRun(`${compiler} cannot compile layer.c: ${errors.trim().split("\n")[0]}`);
  await writeFile(join(folder, "layer.json"), JSON.stringify(manifest));
}

/**
 * Returns the environment variables with which the Vulkan loader uses the layer. Builds the layer once, in the cache folder.
 * Throws CannotRun if there is no C compiler or it fails.
 */
export async function layerVariables(): Promise<Record<string, string>> {
  const hash = createHash("sha256").update(await readFile(SOURCE)).update(JSON.stringify(manifest)).digest("hex");
  const folder = join(cacheFolder(), "layers", hash.slice(0, 16));
  if (!existsSync(folder)) await createFolderWhole(folder, fill);
  return { VK_LAYER_PATH: folder, VK_INSTANCE_LAYERS: NAME };
}
