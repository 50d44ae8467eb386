/**
 * Releases the package of the current folder: `npm run release`.
 *
 * Checks that everything is committed and that CHANGELOG.md and package.json agree, runs the checks of every landing (`.ci/run`), packs,
 * prints what would be published, and publishes it. With `--dry-run` it publishes nothing, and goes on after a problem. Without a
 * public home, which package.json names as `repository`, it stops before it publishes.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { problemsOf } from "./release/ready.js";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly repository?: unknown;
}

interface Tarball {
  readonly filename: string;
  readonly size: number;
  readonly integrity: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

const isDry = process.argv.includes("--dry-run");
const unknown = process.argv.slice(2).find((argument) => argument !== "--dry-run");
const { name, version, repository }: Manifest = JSON.parse(readFileSync("package.json", "utf8"));

function pack(folder: string): Tarball {
  const [tarball]: readonly Tarball[] = JSON.parse(execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { encoding: "utf8" }));
  if (!tarball) throw new Error("npm pack: expected a tarball, got none.");
  return tarball;
}

function show({ filename, size, integrity, files }: Tarball): void {
  for (const { path, size: bytes } of files) console.log(`${String(bytes).padStart(8)}  ${path}`);
  console.log(`${name} ${version}: ${filename}, ${(size / 1e6).toFixed(2)} MB, ${files.length} files, ${integrity}`);
}

/** Releases, and returns why it did not, in sentences. */
function release(folder: string): readonly string[] {
  if (unknown !== undefined) return [`${unknown} is not an option. The only one is --dry-run.`];
  const problems = problemsOf({
    status: execFileSync("git", ["status", "--porcelain"], { encoding: "utf8" }),
    version,
    changelog: readFileSync("CHANGELOG.md", "utf8"),
  });
  if (problems.length > 0 && !isDry) return problems;
  execFileSync(".ci/run", { stdio: "inherit" });
  const tarball = pack(folder);
  show(tarball);
  const noHome = "The package has no public home yet: package.json names no repository. CONTRIBUTING.md lists what to fill in.";
  if (problems.length > 0 || repository === undefined) return [...problems, ...(repository === undefined ? [noHome] : [])];
  if (isDry) console.log("Everything is ready. Nothing was published, because of --dry-run.");
  else execFileSync("npm", ["publish", join(folder, tarball.filename), "--provenance", "--access", "public"], { stdio: "inherit" });
  return [];
}

const folder = mkdtempSync(join(tmpdir(), "cyclegan-release-"));
try {
  const reasons = release(folder);
  if (reasons.length > 0) {
    console.error([...reasons, "Nothing was published."].join("\n"));
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
