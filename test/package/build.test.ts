import { execFile, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./installed.js";

const checkout = mkdtempSync(join(tmpdir(), "cyclegan-checkout-"));
beforeAll(() => {
  const documents = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs", "examples", "bench/results"];
  for (const name of ["bin", "src", "scripts", "shaders", "package.json", "tsconfig.json", "tsconfig.build.json", ...documents]) {
    cpSync(join(root, name), join(checkout, name), { recursive: true, filter: (path) => !path.includes("node_modules") });
  }
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
});
afterAll(() => rmSync(checkout, { recursive: true }));

async function npm(...command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("npm", command, { cwd: checkout });
  return stdout.trim();
}

const version = /^\d+\.\d+\.\d+$/;

function start(): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, ["bin/cyclegan.js", "--version"], { cwd: checkout, encoding: "utf8" });
}

test("a checkout that is not built says how to build it", () => {
  expect(start()).toMatchObject({ status: 1, stderr: "cyclegan: expected a built program in dist, got none. Run npm ci, which builds it.\n" });
});

test("npx starts the command of a checkout before a build and after every build", { timeout: 180_000 }, async () => {
  for (let build = 0; build <= 2; build++) {
    if (build > 0) await npm("run", "build");
    expect(await npm("exec", "--offline", "--", "cyclegan", "--version")).toMatch(version);
  }
});

test("a checkout without dependencies is prepared without an error, so that npx can set up its link", () => {
  const bare = join(checkout, "bare");
  mkdirSync(bare);
  const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/prepare.js")], { cwd: bare, encoding: "utf8" });
  expect([status, stderr, existsSync(join(bare, "dist"))]).toEqual([0, "", false]);
});

test("a built checkout without dependencies says how to install them", () => {
  rmSync(join(checkout, "node_modules"));
  const { status, stderr } = start();
  expect(status).toBe(1);
  expect(stderr).toMatch(/^cyclegan: Cannot find package '[^']+' imported from \S+\. Run npm ci, which installs what it needs\.\n$/);
});
