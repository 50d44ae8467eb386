import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeImages } from "../cli/make-images.js";
import { start } from "../cli/run-command.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-orphan-"));
  // The command then starts itself again in the environment of its adapter.
  vi.stubEnv("CYCLEGAN_PROVIDED", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(process.platform === "win32")("a training saves and ends when the process that started it is killed", async () => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 2, 40, 36);
  const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1"];
  const { child, outcome } = start(folder, "train", "--dataroot", "data", "--name", "x", ...tiny, "--n-epochs", "100000");
  const lock = join(folder, "runs", "x", "run.lock");
  let trainer = 0;
  child.stderr?.on("data", (text: Buffer) => {
    if (!text.toString().includes("step 1/")) return;
    trainer = Number(/"pid":(\d+)/.exec(readFileSync(lock, "utf8"))?.[1]);
    child.kill("SIGKILL");
  });
  await outcome;
  expect(trainer).not.toBe(child.pid);
  await vi.waitFor(() => expect(isRunning(trainer)).toBe(false), { timeout: 30_000, interval: 50 });
  expect(existsSync(lock)).toBe(false);
  expect(existsSync(join(folder, "runs", "x", "checkpoints", "latest_net_G_A.safetensors"))).toBe(true);
});
