import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly bin?: string | Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return manifest;
}

/** Where Node finds package `name` from `folder`, relative to `root`; undefined when it is not installed. */
function resolvePackage(root: string, folder: string, name: string): string | undefined {
  for (let from = folder; ; from = from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/")))) {
    const found = from === "" ? `node_modules/${name}` : `${from}/node_modules/${name}`;
    if (existsSync(join(root, found))) return found;
    if (from === "") return undefined;
  }
}

/**
 * The folders, relative to `root`, of the installed packages that `names` need at run time, themselves included.
 * Optional ones that are not installed, those of other platforms, are left out. Throws when a needed one is absent.
 */
export function packagesOf(root: string, names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (folder: string, name: string, optional: boolean): void => {
    const resolved = resolvePackage(root, folder, name);
    if (resolved === undefined) {
      if (optional) return;
      throw new Error(`bundle: expected package ${name} in node_modules, got none. Run "npm ci".`);
    }
    if (found.has(resolved)) return;
    found.add(resolved);
    const { dependencies = {}, optionalDependencies = {} } = readManifest(join(root, resolved));
    // npm lists the optional ones under both in its lock files' manner, so optional wins.
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) {
      visit(resolved, next, next in optionalDependencies);
    }
  };
  for (const name of names) visit("", name, false);
  return [...found].sort();
}

/** The programs of package `name` at the top of node_modules: command to file, relative to the package. */
export function commandsOf(root: string, name: string): Readonly<Record<string, string>> {
  const { bin = {} } = readManifest(join(root, "node_modules", name));
  return typeof bin === "string" ? { [name.slice(name.lastIndexOf("/") + 1)]: bin } : bin;
}

/** The product's own run-time dependencies. */
export function productionPackages(root: string): string[] {
  return Object.keys(readManifest(root).dependencies ?? {});
}
