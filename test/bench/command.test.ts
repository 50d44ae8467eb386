import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

function bench(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "bench/main.ts", ...args], { encoding: "utf8" });
  return { status, stderr };
}

describe("bench", () => {
  it.each([
    ["--scale", "huge"],
    ["--filter", "no kernel has this name"],
    ["--json", "no-such-folder/figures.json"],
    ["--compare", "no-such-file.json"],
    ["--compare", "package.json"],
  ])("exits with 2 and names the option for %s %s, before it opens a device", (option, value) => {
    const { status, stderr } = bench(option, value);
    expect(stderr).toContain(option);
    expect(status).toBe(2);
    expect(stderr).not.toContain("    at ");
  });
});
