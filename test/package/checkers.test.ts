/** What the checkers of published packages say of the tarball. */
import { readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packPackage } from "./installed.js";

const base = mkdtempSync(join(tmpdir(), "cyclegan-checkers-"));
let tarball: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  const { filename } = await packPackage(base);
  tarball = new Uint8Array(readFileSync(join(base, filename)));
}, 60_000);
afterAll(() => rmSync(base, { recursive: true }));

test("publint has nothing to say", { timeout: 60_000 }, async () => {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test("Are the types wrong? finds only what a package of ES modules cannot have", { timeout: 60_000 }, async () => {
  const checked = await checkPackage(createPackageFromTarballData(tarball));
  expect(checked.types).toBeTruthy();
  const problems = "problems" in checked ? checked.problems : [];
  // In a CommonJS file, TypeScript asks for `await import(…)`. Node 22.12 takes `require` too.
  expect(problems.filter(({ kind }) => kind !== "CJSResolvesToESM")).toEqual([]);
});
