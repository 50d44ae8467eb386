#!/usr/bin/env node
/**
 * The file that npx links to. A checkout has it before the first build, and no build replaces it or changes its mode. Old versions
 * of Node must be able to read it.
 */
void import("fs").then(({ existsSync }) => {
  const program = new URL("../dist/cli/main.js", import.meta.url);
  if (existsSync(program)) return import(program.href);
  process.stderr.write("cyclegan: expected a built program in dist, got none. Run npm ci, which builds it.\n");
  process.exitCode = 1;
});
