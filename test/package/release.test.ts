/** The release script, in a small repository of its own. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemsOf } from "../../scripts/release/ready.js";
import { root } from "./installed.js";

const ready = { status: "", version: "1.2.3", changelog: "# Changelog\n\n## 1.2.3 — 2026-01-31\n\n- One.\n\n## 1.2.2 — 2026-01-01\n" };

test.for([
  ["a committed, dated version", {}, []],
  ["files that are not committed", { status: " M src/index.ts\n?? notes.txt\n" }, ["Files are not committed: src/index.ts, notes.txt. Commit or remove them."]],
  ["another version in the changelog", { version: "1.3.0" }, ["package.json has version 1.3.0, and CHANGELOG.md begins with 1.2.3. Make them the same."]],
  ["no date", { changelog: "## 1.2.3 — unreleased\n" }, ['The heading of 1.2.3 in CHANGELOG.md has no date. Write "## 1.2.3 — <year>-<month>-<day>".']],
  ["no heading", { changelog: "# Changelog\n" }, ["package.json has version 1.2.3, and CHANGELOG.md begins with no heading. Make them the same."]],
] as const)("%s", ([, change, problems]) => {
  expect(problemsOf({ ...ready, ...change })).toEqual(problems);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-release-test-"));
  mkdirSync(join(folder, ".ci"));
  writeFileSync(join(folder, ".ci/run"), "#!/bin/sh\necho checks ran\ntouch \"$CHECKED\"\n");
  chmodSync(join(folder, ".ci/run"), 0o755);
  writeFileSync(join(folder, "CHANGELOG.md"), ready.changelog);
});
afterEach(() => rmSync(folder, { recursive: true }));

function release(manifest: object, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string; checked: boolean } {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "made-up", version: "1.2.3", files: ["CHANGELOG.md"], ...manifest }));
  const git = (...command: readonly string[]): void => void execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...command], { cwd: folder });
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "Begin");
  const checked = `${folder}.checked`;
  // A registry that does not answer, so that nothing can be published by mistake.
  const env = { ...process.env, CHECKED: checked, npm_config_registry: "http://127.0.0.1:1/" };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", import.meta.resolve("tsx"), join(root, "scripts/release.ts"), ...args], { cwd: folder, encoding: "utf8", env });
  const ran = existsSync(checked);
  rmSync(checked, { force: true });
  return { status, stdout, stderr, checked: ran };
}

const noHome = "The package has no public home yet: package.json names no repository. CONTRIBUTING.md lists what to fill in.\nNothing was published.\n";

test("without a public home it checks, packs, prints what would be published, and stops", { timeout: 60_000 }, () => {
  const { status, stdout, stderr, checked } = release({});
  expect([status, stderr, checked]).toEqual([1, noHome, true]);
  expect(stdout).toMatch(/^checks ran\n[^]*\d+ {2}CHANGELOG\.md\n[^]*made-up 1\.2\.3: made-up-1\.2\.3\.tgz, 0\.00 MB, 2 files, sha512-\S+\n$/);
});

test("with a home, --dry-run says that everything is ready and publishes nothing", { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = release({ repository: "made-up" }, "--dry-run");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/\nEverything is ready\. Nothing was published, because of --dry-run\.\n$/);
});

test("a problem stops it before the checks; --dry-run goes on, and fails at the end", { timeout: 60_000 }, () => {
  const problem = "package.json has version 2.0.0, and CHANGELOG.md begins with 1.2.3. Make them the same.\n";
  const stopped = release({ version: "2.0.0" });
  expect([stopped.status, stopped.stdout, stopped.stderr, stopped.checked]).toEqual([1, "", `${problem}Nothing was published.\n`, false]);
  rmSync(join(folder, ".git"), { recursive: true });
  const dry = release({ version: "2.0.0" }, "--dry-run");
  expect([dry.status, dry.stderr, dry.checked]).toEqual([1, problem + noHome, true]);
});

test("a misspelt --dry-run does not release", { timeout: 60_000 }, () => {
  const { status, stdout, stderr, checked } = release({ repository: "made-up" }, "--dryrun");
  expect([status, stdout, stderr, checked]).toEqual([1, "", "--dryrun is not an option. The only one is --dry-run.\nNothing was published.\n", false]);
});
