import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes an unfinished file in a folder, as a process leaves it that was killed just now. Returns its path. */
export function deadPartial(folder: string): string {
  const files = new URL("../../dist/io/files.js", import.meta.url).href;
  const script = `import { partialPath } from ${JSON.stringify(files)}; process.stdout.write(partialPath(${JSON.stringify(join(folder, "x"))}));`;
  const path = spawnSync(process.execPath, ["--input-type=module", "-e", script]).stdout.toString();
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, "half");
  return path;
}
