import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { mainFile } from "./run-command.js";

/** Exit code and error output of a command whose standard output is closed at once, or goes to a file. */
function withOutput(stdout: "closed" | "full", ...args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const command = stdout === "full" ? `"$0" "$@" > /dev/full` : `exec "$0" "$@"`;
  const child = spawn("sh", ["-c", command, process.execPath, mainFile, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  return new Promise((settle) => {
    child.on("close", (code) => settle({ code, stderr }));
  });
}

const help = ["train", "--help"];

test.skipIf(process.platform === "win32")("a reader that has ended is no error", async () => {
  expect(await withOutput("closed", ...help)).toEqual({ code: 0, stderr: "" });
});

test.skipIf(process.platform !== "linux")("a full disk behind standard output is one line", async () => {
  const { code, stderr } = await withOutput("full", ...help);
  expect(stderr).toMatch(/^cyclegan: standard output: cannot be written \(.*ENOSPC.*\)\.\n$/);
  expect(code).toBe(1);
});
