import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeImages } from "../cli/make-images.js";
import { cyclegan, mainFile } from "../cli/run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-full-"));
const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1", "--save-latest-freq", "1"];
const train = (name: string, ...more: readonly string[]): string[] => ["train", "--dataroot", "data", "--name", name, ...tiny, ...more];

/** Ways to a mount of our own, without being root. */
const unshare = ["--map-root-user", "--mount"];
const canMount = spawnSync("unshare", [...unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;

/**
 * Copies the run `from` to a disk of its own, changes that disk by a line of shell, runs the command on runs/disk there, and
 * copies what is left to `to`.
 */
function onDisk(from: string, to: string, change: string, args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const script = `mkdir -p disk && mount -t tmpfs -o size=64m tmpfs disk && cp -r runs/${from} disk/run && { ${change}; } &&
    { "$@"; code=$?; cp -r disk/run runs/${to}; exit $code; }`;
  const command = [...unshare, "bash", "-c", script, "bash", process.execPath, mainFile, ...args];
  return new Promise((resolve) => {
    const child = execFile("unshare", command, { cwd: folder }, (_, __, stderr) => resolve({ code: child.exitCode ?? -1, stderr }));
  });
}

const checkpoints = (run: string): string => join(folder, "runs", run, "checkpoints");
const weights = (run: string): string => readFileSync(join(checkpoints(run), "latest_net_G_A.safetensors"), "base64");
const resume = (steps: number, run = "disk/run"): string[] => ["train", "--resume", run, "--max-steps", String(steps)];

beforeAll(async () => {
  makeImages(join(folder, "data", "trainA"), 3, 40, 36);
  makeImages(join(folder, "data", "trainB"), 3, 36, 40);
  expect(await cyclegan(folder, ...train("whole", "--max-steps", "5"))).toMatchObject({ code: 0 });
  expect(await cyclegan(folder, ...train("short", "--max-steps", "2"))).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!canMount)("a disk that takes no more", { timeout: 60_000 }, () => {
  test("costs a training its saves, not what was saved before; it ends with an error, and resumes to the same bits", async () => {
    // Full but for 32 KiB, in which the log has room.
    const fill = "dd if=/dev/zero of=disk/filling bs=1024 2> /dev/null; truncate -s -32K disk/filling";
    const { code, stderr } = await onDisk("short", "full", fill, resume(4));
    expect(stderr).toMatch(/step 3: disk.run.checkpoints\S*: expected to write it, got ENOSPC .*The disk is full: free some space\. The training continues/);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^cyclegan: disk.run.checkpoints\S*: expected to write it, got ENOSPC /);
    expect(code).toBe(1);
    expect(weights("full")).toBe(weights("short"));
    expect(readdirSync(checkpoints("full")).filter((name) => name.includes("partial"))).toEqual([]);
    expect(await cyclegan(folder, ...resume(5, "runs/full"))).toMatchObject({ code: 0 });
    expect(weights("full")).toBe(weights("whole"));
  });

  test("costs a training a sample grid, which only warns", async () => {
    // Full but for 8 KiB, in which the log has room, and the first grid, but not the second.
    const fill = "dd if=/dev/zero of=disk/filling bs=1024 2> /dev/null; truncate -s -8K disk/filling";
    const { stderr } = await onDisk("short", "unseen", fill, [...resume(4), "--display-freq", "1"]);
    expect(stderr).toMatch(/step 4: disk.run.samples.step-000004.png: expected to write it, got ENOSPC .*The training continues/);
    expect(readdirSync(join(folder, "runs", "unseen", "samples")).filter((name) => name.startsWith(".") || name.includes("4"))).toEqual([]);
  });

  test("because it is read-only is an error before the first step", async () => {
    const { code, stderr } = await onDisk("short", "locked", "mount -o remount,ro disk", resume(4));
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^cyclegan: disk.run\S*: expected to write it, got EROFS .*The disk is read-only: make it writable\.$/);
    expect(code).toBe(1);
  });
});
