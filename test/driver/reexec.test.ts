import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { makeImages } from "../cli/make-images.js";
import { cyclegan } from "../cli/run-command.js";

afterEach(() => vi.unstubAllEnvs());

test("a command finds its adapter and says which in one line, without the driver's noise", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cyclegan-reexec-"));
  vi.stubEnv("CYCLEGAN_CACHE", folder);
  vi.stubEnv("CYCLEGAN_PROVIDED", "");
  const { code, stdout, stderr } = await cyclegan(folder, "doctor");
  await rm(folder, { recursive: true });
  expect(stderr).toMatch(/^adapter: [^\n]+\n$/);
  expect(stdout).toMatch(/multiply-add +[1-9][\d.]* GFLOP\/s/);
  expect(code).toBe(0);
}, 60_000);

test("what a command says of its options is said once, though it is started again for its adapter", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cyclegan-reexec-"));
  vi.stubEnv("CYCLEGAN_PROVIDED", "");
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, domain), 1, 40, 40);
  const tiny = ["--load_size", "36", "--crop_size", "32", "--ngf", "4", "--ndf", "4", "--n_blocks", "1"];
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", ".", ...tiny, "--dry-run", "--display_id", "-1", "--no_html");
  await rm(folder, { recursive: true });
  const note = "--display-id, --no-html are ignored: each run has its own index.html, and --live serves it.\n";
  expect(stderr.split(note)).toHaveLength(2);
  expect(stderr).toMatch(/^adapter: /m);
  expect(code).toBe(0);
}, 60_000);
