import { Option } from "commander";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { optionGroups, trainConfig, trainOptions } from "../training/config.js";
import type { TrainConfig } from "../training/config.js";
import { flagOf } from "../models/option-spec.js";
import type { OptionSpec } from "../models/option-spec.js";

function commanderOption(key: string, spec: OptionSpec<unknown>, heading: string): Option {
  const flag = flagOf(key, spec);
  const option = new Option(spec.value === undefined ? flag : `${flag} <${spec.value}>`, spec.help).helpGroup(heading);
  if (spec.value === undefined) return option;
  if (spec.choices) option.choices(spec.choices);
  if (spec.initial !== "") option.default(spec.initial);
  return option.argParser((given) => {
    const value = spec.parse(given);
    if (spec.accepts(value)) return value;
    throw new UsageError(`${flag}: expected ${spec.expected}, got ${JSON.stringify(given)}.`);
  });
}

/** Gives a command every option of the training table, or those of `keys`, and `--net-g`, which names a number of blocks. */
export function addTrainOptions(command: Command, keys?: readonly string[]): Command {
  for (const [heading, table] of Object.entries(optionGroups)) {
    for (const [key, spec] of Object.entries(table)) {
      if (keys?.includes(key) ?? true) command.addOption(commanderOption(key, spec, heading));
    }
  }
  const help = "generator by the reference's name: resnet_<n>blocks means --n-blocks <n>";
  return command.addOption(new Option("--net-g <kind>", help).helpGroup("Networks:").argParser(blocksOf));
}

function blocksOf(name: string): number {
  const blocks = Number(/^resnet_([1-9]\d*)blocks$/.exec(name)?.[1]);
  if (Number.isSafeInteger(blocks)) return blocks;
  throw new UsageError(
    `--net-g: expected resnet_9blocks, resnet_6blocks or another resnet_<n>blocks, got ${JSON.stringify(name)}.`,
  );
}

/** The options that the command line itself gives, `--net-g` as the blocks it means. */
export function givenOptions(command: Command): Readonly<Record<string, unknown>> {
  const { netG, ...values } = command.opts<{ readonly netG?: number } & Readonly<Record<string, unknown>>>();
  const given = Object.fromEntries(
    Object.entries(values).filter(([key]) => key in trainOptions && command.getOptionValueSource(key) === "cli"),
  );
  if (netG === undefined) return given;
  if ("nBlocks" in given && given["nBlocks"] !== netG) {
    throw new UsageError(
      `--n-blocks: expected ${netG}, which --net-g asks for, got ${JSON.stringify(given["nBlocks"])}. Give one of the two.`,
    );
  }
  return { ...given, nBlocks: netG };
}

/** The configuration that a parsed command line asks for. */
export function configOf(command: Command): TrainConfig {
  return trainConfig(givenOptions(command));
}
