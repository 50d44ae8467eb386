import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BenchReport } from "../../src/bench/report.js";
import { cyclegan } from "./run-command.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-bench-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Every text in a JSON value. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe("cyclegan bench", { timeout: 120_000 }, () => {
  test("prints a table and writes the same figures into a file, which it does not replace unasked", async () => {
    const args = ["bench", "--quick", "--filter", "at 16² FORWARD"];
    const { code, stdout, stderr } = await cyclegan(folder, ...args);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("cyclegan:")]);
    const [file = "", ...others] = readdirSync(folder);
    expect([file, others]).toEqual([expect.stringMatching(/^cyclegan-bench-[a-z0-9-]+\.json$/), []]);
    expect(stdout).toContain(file);
    const text = readFileSync(join(folder, file), "utf8");
    const report: BenchReport = JSON.parse(text);
    expect(report).toMatchObject({ schema: "cyclegan-bench/1", node: process.version, steps: [], leftOut: [] });
    expect(report.version).toMatch(/^\d+\.\d+\.\d+$/);
    const names = ["conv 3×3 128→128 at 16² forward", "instanceNorm+ReLU 128 at 16² forward"];
    expect(report.kernels.map(({ name }) => name)).toEqual(names);
    for (const { name, milliseconds, error } of report.kernels) {
      const row = stdout.split("\n").find((line) => line.startsWith(name)) ?? "";
      // The table has three decimals, and the file four digits.
      const printed = Number(/ (\d+\.\d+)/.exec(row.slice(name.length))?.[1]);
      expect(Math.abs(printed - milliseconds)).toBeLessThanOrEqual(0.00051 + 0.00051 * milliseconds);
      expect(milliseconds).toBeGreaterThan(0);
      expect(error).toBeLessThan(1e-4);
    }
    // Nothing that names the machine or its user.
    expect(textsIn(report).filter((value) => /(^|\s)[/\\]|[A-Z]:\\/.test(value) || value.includes(folder))).toEqual([]);

    const again = await cyclegan(folder, ...args);
    expect([again.code, again.stdout]).toEqual([2, ""]);
    expect(again.stderr).toContain(`${file}, which exists. Name another with --json, or replace it with --overwrite.`);
    expect(readFileSync(join(folder, file), "utf8")).toBe(text);
  });

  test.each([
    [["--filter", "no kernel"], /--filter: .*got "no kernel": conv 3×3 .*training step/],
    [["--json", "absent/figures.json"], /--json: .*Make absent first/],
    [["--json", ""], /--json needs the name of a file/],
    [["--json", "."], /--json: expected a file, got \., which is a folder/],
    [["--json", "there.json"], /--json: .*there\.json, which exists/],
  ])("ends with 2 and one sentence before it times anything: %j", async (options, message) => {
    writeFileSync(join(folder, "there.json"), "kept");
    const { code, stdout, stderr } = await cyclegan(folder, "bench", ...options);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(readdirSync(folder)).toEqual(["there.json"]);
    expect(readFileSync(join(folder, "there.json"), "utf8")).toBe("kept");
  });
});
