import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mainFile } from "../cli/run-command.js";
import { root } from "./installed.js";

// npx makes the command of a checkout executable once; a later build must not take that away.
test.skipIf(process.platform === "win32")("the build leaves a command that can be started", () => {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(execFileSync(mainFile, ["--version"], { encoding: "utf8" }).trim()).toBe(version);
});
