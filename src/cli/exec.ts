/** `cyclegan exec -- <command>`: any program, in an environment in which Dawn finds an adapter. */
import { Command } from "commander";
import { UsageError } from "../errors.js";
import { describeAdapter } from "../driver/adapters.js";
import { resolveAdapter, runWithin } from "../driver/reexec.js";

async function exec(command: string, args: readonly string[], adapter: string | undefined): Promise<void> {
  const found = await resolveAdapter(adapter);
  console.error(describeAdapter(found.adapter));
  if (adapter !== undefined) process.env["CYCLEGAN_ADAPTER"] = adapter;
  try {
    await runWithin(found, command, args);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`exec: "${command}" cannot be started (${reason}).`);
  }
}

export function execCommand(): Command {
  return new Command("exec")
    .description("run a program in an environment with a WebGPU adapter; provides a software driver if the system has none")
    .usage("[--adapter <which>] -- <command> [args...]")
    .argument("<command>", "the program")
    .argument("[args...]", "its arguments")
    .option("--adapter <which>", "auto, hardware, software, a number that doctor shows, or a part of a name (default: auto)")
    .passThroughOptions()
    .action((command: string, args: string[], options: { adapter?: string }) => exec(command, args, options.adapter));
}
