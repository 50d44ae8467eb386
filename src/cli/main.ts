#!/usr/bin/env node
/** The command's first file. Old versions of Node must be able to read it: node-version.ts then says what is wrong. */
import("../node-version.js").then(
  async () => {
    const { runCommand } = await import("./command.js");
    await runCommand(process.argv.slice(2));
  },
  (error: Error) => {
    process.stderr.write(`cyclegan: ${error.message}\n`);
    process.exitCode = 1;
  },
);
