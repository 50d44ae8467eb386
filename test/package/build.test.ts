import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./installed.js";

const checkout = mkdtempSync(join(tmpdir(), "cyclegan-checkout-"));
beforeAll(() => {
  for (const name of ["src", "scripts", "shaders", "package.json", "tsconfig.json", "tsconfig.build.json"]) {
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
});
afterAll(() => rmSync(checkout, { recursive: true }));

async function npm(...command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("npm", command, { cwd: checkout });
  return stdout.trim();
}

test("npx starts the command of a checkout that was built, and after another build", { timeout: 120_000 }, async () => {
  const version = /^\d+\.\d+\.\d+$/;
  for (let build = 1; build <= 2; build++) {
    await npm("run", "build");
    expect(await npm("exec", "--offline", "--", "cyclegan", "--version")).toMatch(version);
  }
});
