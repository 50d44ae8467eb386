import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cyclegan } from "../cli/run-command.js";

// Set where the command that runs the tests has provided a software driver.
const driver = process.env["VK_DRIVER_FILES"]?.split(delimiter)[0] ?? "";
let folder = "";
let copy = "";

/** The driver a second time, so that Dawn lists two adapters of one name. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cyclegan-equal-"));
  copy = join(folder, "copy.json");
  const manifest = await readFile(driver, "utf8");
  const relocated = manifest.replace(/(?<="library_path"\s*:\s*")\.[^"]*/, (path) => resolve(dirname(driver), path));
  await writeFile(copy, relocated);
  for (const name of ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]) vi.stubEnv(name, `${driver}${delimiter}${copy}`);
  vi.stubEnv("CYCLEGAN_CACHE", folder);
  for (const name of ["CYCLEGAN_PROVIDED", "CYCLEGAN_ADAPTER"]) vi.stubEnv(name, "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe.runIf(driver !== "")("two adapters of one name", { timeout: 60_000 }, () => {
  test("each open by their number, from the command line and from the environment", async () => {
    const print = ["exec", "--", process.execPath, "--print", "process.env.VK_DRIVER_FILES"];
    for (const [number, manifest] of [driver, copy].entries()) {
      vi.stubEnv("CYCLEGAN_ADAPTER", String(number));
      expect((await cyclegan(folder, ...print)).stdout).toBe(`${manifest}\n`);
    }
    const one = await cyclegan(folder, "exec", "--adapter", "1", ...print.slice(1));
    expect([one.stdout, one.stderr]).toEqual([`${copy}\n`, expect.stringContaining("number 1")]);
  });

  test("are numbered by doctor, each measured by itself", async () => {
    const { stdout, code } = await cyclegan(folder, "doctor");
    expect(stdout.match(/^\d  .+$/gm)?.map((line) => line[0])).toEqual(["0", "1"]);
    expect(stdout.match(/^  told apart by +.*$/gm)?.map((line) => line.split("=")[1])).toEqual([driver, copy]);
    expect(stdout.match(/multiply-add +[1-9]/g)).toHaveLength(2);
    expect(code).toBe(0);
  });

  test("a number beyond them is an error that counts and lists them", async () => {
    const { code, stdout, stderr } = await cyclegan(folder, "doctor", "--adapter", "2");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^cyclegan: adapter: .* got 2\. There are 2 adapters: 0 .+; 1 .+\.\n$/);
  });
});
