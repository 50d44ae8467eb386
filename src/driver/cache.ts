/** The folder that keeps downloads, measurements and the adapter found last. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DeviceError } from "../errors.js";
import { env } from "../env.js";
import { formatBytes } from "../format.js";

const product = "cyclegan-webgpu";

/** The folder of the user's own cache for this product, as the platform has it; undefined for a user without a home. */
function userCache(): string | undefined {
  if (env.xdgCache !== undefined) return join(env.xdgCache, product);
  if (env.localAppData !== undefined) return join(env.localAppData, product, "Cache");
  try {
    return join(homedir(), ...(process.platform === "darwin" ? ["Library", "Caches"] : [".cache"]), product);
  } catch {
    // A user who is in no password file, as in a container, and HOME is not set.
    return undefined;
  }
}

/** The folder, or the nearest one above it that exists. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

/** Whether the folder can be written, or made. */
function isWritable(folder: string): boolean {
  const place = existing(folder);
  try {
    accessSync(place, constants.W_OK);
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}

/**
 * CYCLEGAN_CACHE, or a folder in the user's own cache. A user who has no home, or may not write there, gets one in the folder
 * for temporary files.
 */
export function cacheFolder(): string {
  if (env.cacheFolder !== undefined) return env.cacheFolder;
  const folder = userCache();
  return folder !== undefined && isWritable(folder) ? folder : join(tmpdir(), `${product}-${process.getuid?.() ?? "user"}`);
}

/** What a driver takes while it is downloaded and unpacked, in bytes. */
const DRIVER_ROOM = 300e6;

/** Throws a DeviceError unless this many bytes, by default those of a driver, can be put into the folder. */
export function checkRoom(folder: string, bytes = DRIVER_ROOM): void {
  const advice = "Set CYCLEGAN_CACHE to a folder with room for a software driver";
  if (!isWritable(folder)) throw new DeviceError(`${folder}: expected a place that can be written, got a read-only one. ${advice}.`);
  const { bavail, bsize } = statfsSync(existing(folder));
  if (bavail * bsize >= bytes) return;
  throw new DeviceError(
    `${folder}: expected ${formatBytes(bytes)} of free space on its disk, got ${formatBytes(bavail * bsize)}. ${advice}, or free some.`,
  );
}

/**
 * Whether others may write to a folder. A group whose number is the user's own is that user's private group, to which
 * many systems give every new folder.
 */
function othersMayWrite(user: number, { mode, gid }: { mode: number; gid: number }): boolean {
  return (mode & (gid === user ? 0o002 : 0o022)) !== 0;
}

/**
 * Throws a DeviceError if somebody else could have put files into one of these folders: its owner is neither this user nor
 * root, or others may write to it. A library in it would run with this user's rights. Folders that do not exist are ignored.
 */
export function checkOwnFolders(folders: readonly string[]): void {
  const user = process.getuid?.();
  // Windows keeps its rights elsewhere.
  if (user === undefined) return;
  for (const folder of folders) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (!found) continue;
    const advice = "Set CYCLEGAN_CACHE to a folder of your own, or take it over";
    if (found.uid !== user && found.uid !== 0) {
      throw new DeviceError(
        `${folder}: expected a folder of this user (${user}) or of root, since programs are loaded from it, got one of user ${found.uid}. ` +
          `${advice}: chown -R ${user} ${folder}`,
      );
    }
    if (othersMayWrite(user, found)) {
      throw new DeviceError(
        `${folder}: expected a folder that only its owner can write to, since programs are loaded from it, got mode ` +
          `${(found.mode & 0o777).toString(8)}. ${advice}: chmod -R go-w ${folder}`,
      );
    }
  }
}
