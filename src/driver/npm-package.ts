/** Downloads a pinned npm package with the user's own npm. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";
import { DataError } from "../errors.js";
import { createFolderWhole } from "../io/files.js";
import { runCommand } from "./run-command.js";

/** A version of an npm package whose content cannot change. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** As in the registry: `sha512-` and base64. */
  readonly integrity: string;
  /** Size of the archive, in bytes. */
  readonly size: number;
  /** Whether to keep the file at a path inside the package. */
  readonly keep: (path: string) => boolean;
}

/** Called about twice a second with the bytes and seconds so far. */
export type DownloadProgress = (received: number, seconds: number) => void;

function fileSize(path: string): Promise<number> {
  // npm renames and removes temporary files while they are counted.
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function folderSize(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => fileSize(join(folder, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Runs `npm pack` with the user's settings, except for a separate cache, which makes the download measurable. */
async function runNpmPack(spec: string, folder: string): Promise<void> {
  const quiet = ["--ignore-scripts", "--loglevel=error", "--no-update-notifier", "--no-progress"];
  const args = ["pack", spec, "--cache", "npm-cache", ...quiet];
  const windows = process.platform === "win32"; // where npm is a script of the command interpreter
  const command = windows ? "cmd" : "npm";
  const { status, errors } = await runCommand(command, windows ? ["/c", "npm", ...args] : args, { cwd: folder });
  if (status === 0) return;
  const lines = errors.split("\n").map((line) => line.replace(/^npm (error|ERR!)( notarget)?\s*/, "").trim());
  const skipped = /^(code|errno|syscall|npm warn)\b|^$/i;
  const reason = lines.find((line) => !skipped.test(line)) ?? `status ${status}`;
  throw new DataError(`npm pack ${spec}: expected an archive, got "${reason}". Check the network and npm's settings.`);
}

async function checkIntegrity(file: string, wanted: PinnedPackage): Promise<void> {
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);
  const found = `sha512-${hash.digest("base64")}`;
  if (found === wanted.integrity) return;
  throw new DataError(
    `${wanted.name}@${wanted.version}: expected the checksum ${wanted.integrity}, got ${found}. ` +
      "The registry served other bytes than those published. Try another registry.",
  );
}

async function download(wanted: PinnedPackage, folder: string, onProgress: DownloadProgress): Promise<string> {
  await mkdir(folder);
  const start = performance.now();
  let running = true;
  const look = async (): Promise<void> => {
    const received = await folderSize(join(folder, "npm-cache"));
    if (running) onProgress(Math.min(received, wanted.size), (performance.now() - start) / 1000);
  };
  const timer = setInterval(() => void look(), 500);
  try {
    await runNpmPack(`${wanted.name}@${wanted.version}`, folder);
  } finally {
    running = false;
    clearInterval(timer);
  }
  return join(folder, `${wanted.name.replace("@", "").replace("/", "-")}-${wanted.version}.tgz`);
}

/**
 * Downloads a package with the user's npm and unpacks the files that are kept into the empty `folder`. Throws a DataError if
 * npm cannot download it or its bytes are not the pinned ones.
 */
export async function unpackNpmPackage(
  wanted: PinnedPackage,
  folder: string,
  onProgress: DownloadProgress = () => {},
): Promise<void> {
  const packed = join(folder, "packed");
  const file = await download(wanted, packed, onProgress);
  await checkIntegrity(file, wanted);
  const filter = (path: string): boolean => wanted.keep(path.replace(/^package\//, ""));
  await extract({ file, cwd: folder, strip: 1, strict: true, filter });
  await rm(packed, { recursive: true });
}

/**
 * The folder of an unpacked package in `cacheFolder`. It is downloaded on first use and needs no network after that. Throws
 * like `unpackNpmPackage`.
 */
export async function npmPackage(
  wanted: PinnedPackage,
  cacheFolder: string,
  onProgress: DownloadProgress,
): Promise<string> {
  const folder = join(cacheFolder, `${wanted.name}-${wanted.version}`);
  if (existsSync(folder)) return folder;
  await createFolderWhole(folder, (unfinished) => unpackNpmPackage(wanted, unfinished, onProgress));
  return folder;
}
