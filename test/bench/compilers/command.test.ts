import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const cache = mkdtempSync(join(tmpdir(), "cyclegan-test-"));
// A driver package without RADV.
mkdirSync(join(cache, "drivers", "lavapipe", "icd"), { recursive: true });
afterAll(() => rmSync(cache, { recursive: true }));

function bench(...args: readonly string[]) {
  const env = { ...process.env, CYCLEGAN_CACHE: cache };
  return spawnSync(process.execPath, ["--import", "tsx", "bench/compilers/main.ts", ...args], { encoding: "utf8", env });
}

describe("bench:compilers", () => {
  it.each([
    ["--device", "rtx4090"],
    ["--size", "large"],
    ["--json", "no-such-folder/figures.json"],
  ])("exits with 2 and names the option for %s %s", (option, value) => {
    const { status, stderr } = bench(option, value);
    expect(stderr).toContain(option);
    expect(status).toBe(2);
    expect(stderr).not.toContain("    at ");
  });

  it("does not write a table of only some kernels", () => {
    const { status, stderr } = bench("--update", "--size", "128");
    expect(stderr).toContain("--update writes the whole table");
    expect(status).toBe(2);
  });

  it("says why it cannot run, and then fails only with --require", () => {
    const reason = process.platform === "linux" && process.arch === "x64" ? "no RADV in" : "it needs Linux on x64";
    const allowed = bench();
    expect(allowed.stdout).toContain(`bench:compilers: not checked: ${reason}`);
    expect(allowed.status).toBe(0);
    expect(bench("--require").status).toBe(1);
  });
});
