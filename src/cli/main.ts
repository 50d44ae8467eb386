/** The command's first file. Old versions of Node must be able to read it: node-version.ts then says what is wrong. */
import("../node-version.js")
  .then(async () => {
    const { runCommand } = await import("./command.js");
    await runCommand(process.argv.slice(2));
  })
  .catch((error: NodeJS.ErrnoException) => {
    const advice = error.code === "ERR_MODULE_NOT_FOUND" ? ". Run npm ci, which installs what it needs." : "";
    process.stderr.write(`cyclegan: ${error.message}${advice}\n`);
    process.exitCode = 1;
  });
