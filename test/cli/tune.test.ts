import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan, type Outcome } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-tune-"));
const file = join(folder, "tuning.json");
const tiny = ["--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1"];
const key = "forward 1x8x8x16 3x3/1+1r 8x8x16";
// The command inherits it.
beforeAll(() => {
  vi.stubEnv("CYCLEGAN_TUNING", file);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("tune measures, lists, pins, unpins and clears", { timeout: 120_000 }, async () => {
  expect((await cyclegan(folder, "tune", "--list")).stdout).toBe('Nothing is stored yet. Run "cyclegan tune" to measure.\n');
  const pinned = await cyclegan(folder, "tune", "--pin", `${key}=direct`);
  expect(pinned.code).toBe(0);
  expect((await cyclegan(folder, "tune", "--list")).stdout).toContain(`  ${key} = direct  pinned\n`);

  const tuned = await cyclegan(folder, "tune", ...tiny, "--seconds", "60");
  expect(tuned.stderr).toMatch(/^Tuned \d+ kinds of kernel work in \d+\.\d s\.$/m);
  expect(tuned.stdout).toBe(`${file}\n`);
  const { stdout } = await cyclegan(folder, "tune", "--list");
  expect(stdout).toMatch(/^\S.* \/ cyclegan-webgpu \d+\.\d+\.\d+\n {2}/);
  expect(stdout).toMatch(/^ {2}weightGrad 1x8x8x16 3x3\/1\+1r 8x8x16 = [\w/]+ {2}[\d.e-]+ ms \(.*\)$/m);
  expect(stdout).toContain(`  ${key} = direct  pinned\n`);

  const again = await cyclegan(folder, "tune", ...tiny);
  expect([again.code, again.stderr.includes("Tuned ")]).toEqual([0, false]);
  await cyclegan(folder, "tune", "--pin", `${key}=auto`);
  expect(readFileSync(file, "utf8")).not.toContain('"pinned": true');
  await cyclegan(folder, "tune", "--clear");
  expect(existsSync(file)).toBe(false);
});

test.each([
  [["--pin", "somewhere=direct"], /^cyclegan: --pin: expected <work>=<variant> with work as "cyclegan tune --list" names it, got "s/],
  [["--pin", `${key}=magic`], /^cyclegan: --pin: expected a variant among .*direct.*, auto, got "magic"\.\n$/],
  [["--seconds", "soon"], /^cyclegan: --seconds: expected a number of at least 0, got "soon"\.\n$/],
  [["--list", "--clear"], /^cyclegan: --list, --pin, --clear and --explain cannot be combined\.\n$/],
])("tune %j is refused", { timeout: 30_000 }, async (args, message) => {
  const { code, stderr } = await cyclegan(folder, "tune", ...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

test("train --tune measures once, and translate --tune after it what is left", { timeout: 120_000 }, async () => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 1, 40, 40);
  const train = (name: string): Promise<Outcome> =>
    cyclegan(folder, "train", "--dataroot", "data", "--name", name, "--load-size", "36", ...tiny, "--max-steps", "1", "--tune");
  const first = await train("first");
  expect(first.stderr).toContain("Tuned ");
  const second = await train("second");
  expect([second.code, second.stderr.includes("Tuned ")]).toEqual([0, false]);
  const paths = ["--model", "runs/first", "--input", "data/trainA", "--output", "translated"];
  const translated = await cyclegan(folder, "translate", ...paths, "--tune");
  expect([translated.code, translated.stderr]).toEqual([0, expect.stringContaining("Tuned ")]);
});
