/** Builds after an install. npx also starts this in a checkout without dependencies, in which nothing can be built yet. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

if (existsSync("node_modules/tsx") && existsSync("node_modules/typescript")) {
  const { status } = spawnSync("npm run -s build", { stdio: "inherit", shell: true });
  process.exitCode = status ?? 1;
}
