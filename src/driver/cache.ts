import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import envPaths from "env-paths";
import { env } from "../env.js";

const HOUR = 3_600_000; // milliseconds
const UNFINISHED = ".unfinished-";

/** Where downloads of this product are kept: CYCLEGAN_CACHE, or a folder in the user's own cache. */
export function cacheFolder(): string {
  return env.cacheFolder ?? envPaths("cyclegan-webgpu", { suffix: "" }).cache;
}

/** Removes what interrupted processes left; one that is still at work is younger than an hour. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const folder = join(parent, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > HOUR) await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Makes a folder that is either whole or absent: `fill` writes into a new folder beside it, which gets its name at the
 * end. When another process made it meanwhile, that one stays and ours goes.
 */
export async function makeWhole(folder: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  const parent = join(folder, "..");
  await mkdir(parent, { recursive: true });
  await sweep(parent);
  const unfinished = join(parent, `${UNFINISHED}${randomUUID()}`);
  await mkdir(unfinished);
  try {
    await fill(unfinished);
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
