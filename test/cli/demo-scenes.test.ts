import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeFakeEmoji } from "../demo/fake-emoji.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-demo-"));
beforeAll(async () => {
  vi.stubEnv("CYCLEGAN_CACHE", join(folder, "cache"));
  await writeFakeEmoji(join(folder, "cache"), ["1f333", "1f332", "1f3e0", "1f697", "1f416"]);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const demo = (...args: readonly string[]): ReturnType<typeof cyclegan> => cyclegan(folder, "demo", "--steps", "1", ...args);

test("labels2scene trains an FCN, whose labels are compared with the true ones, and with it scores pix2pix", { timeout: 120_000 }, async () => {
  const fcn = await demo("--task", "labels2scene", "--model", "fcn");
  // It only translates from B, the landscapes, to A.
  expect(fcn.stdout).toMatch(/^landscapes to labels +\d/m);
  expect(fcn.stdout).not.toContain("labels to landscapes");
  expect(fcn.stdout).toMatch(/^Labels found by this FCN +pixel accuracy +class accuracy +class IoU\ntrue landscapes +0\.\d{3} +0\.\d{3} +0\.\d{3}$/m);
  const { code, stdout } = await demo("--task", "labels2scene");
  expect(stdout).toMatch(/^FCN score +pixel accuracy +class accuracy +class IoU\nmade from labels +0\.\d{3}.*\ntrue landscapes +0\.\d{3}/m);
  expect(code).toBe(0);
  expect(existsSync(join(folder, "runs/demo-labels2scene/translations.png"))).toBe(true);
});
