/** Accepts command lines written for the reference: its underscores, its capitals, and its options that have no effect here. */
import { Option } from "commander";
import type { Command } from "commander";
import { UsageError } from "../errors.js";

/** Options of the reference that have another name here. */
const renamed: Readonly<Record<string, string>> = { "--checkpoints-dir": "--runs-dir" };

interface ForeignOption {
  readonly flags: string;
  /** The only value that is accepted. */
  readonly only?: string;
  /** Why it is ignored. */
  readonly note?: string;
  /** Why any value is ignored if a run is resumed. */
  readonly resumedNote?: string;
}

const foreignOptions: readonly ForeignOption[] = [
  { flags: "--dataset-mode <kind>", only: "unaligned" },
  { flags: "--phase <name>", only: "train" },
  { flags: "--no-dropout" },
  { flags: "--epoch <tag>", only: "latest" },
  { flags: "--epoch-count <n>", only: "1", resumedNote: "the checkpoint knows its epoch" },
  { flags: "--gpu-ids <ids>", note: "use --adapter with a number that \"cyclegan doctor\" shows" },
  { flags: "--save-by-iter", note: "--save-latest-freq replaces the latest weights" },
  { flags: "--load-iter <n>", note: "nothing is loaded" },
  { flags: "--verbose", note: "set DEBUG=1 instead" },
  { flags: "--suffix <text>", note: "--name is the whole name" },
  ...["--use-wandb", "--no-html"].map((flags) => ({ flags, note: "each run has its own index.html" })),
  ...["--wandb-project-name", "--display-id", "--display-server", "--display-env", "--display-port"]
    .concat(["--display-ncols", "--display-winsize", "--update-html-freq"])
    .map((name) => ({ flags: `${name} <value>`, note: "each run has its own index.html" })),
];

/** `--lambda_A`, `--netG=…` → `--lambda-a`, `--net-g=…`. Arguments of `exec` and everything after `--` stay as they are. */
export function respell(args: readonly string[]): string[] {
  if (args[0] === "exec") return [...args];
  const end = args.indexOf("--");
  return args.map((argument, index) => {
    if (!argument.startsWith("--") || (end >= 0 && index >= end)) return argument;
    const [flag = "", ...value] = argument.split("=");
    const kebab = flag
      .replaceAll("_", "-")
      .replace(/(?<=[a-z])(?=[A-Z])/g, "-")
      .toLowerCase();
    return [renamed[kebab] ?? kebab, ...value].join("=");
  });
}

/** Makes the command accept the reference's other options, hidden from its help. */
export function acceptForeignOptions(command: Command): Command {
  for (const { flags } of foreignOptions) command.addOption(new Option(flags).hideHelp());
  return command;
}

/**
 * One line for each given option that is ignored. `resumed`: a run is resumed. Throws a UsageError for a value that is not
 * accepted.
 */
export function foreignNotes(command: Command, resumed = false): string[] {
  return foreignOptions.flatMap(({ flags, only, note, resumedNote }) => {
    const option = new Option(flags);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli") return [];
    if (resumed && resumedNote !== undefined) return [`${option.long} is ignored: ${resumedNote}.`];
    const value: unknown = command.getOptionValue(name);
    if (only !== undefined && value !== only) {
      throw new UsageError(`${option.long}: expected ${only}, got ${String(value)}.`);
    }
    return note === undefined ? [] : [`${option.long} is ignored: ${note}.`];
  });
}
