import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
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
