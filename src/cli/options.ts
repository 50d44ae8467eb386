import { Option } from "commander";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { optionGroups, trainConfig } from "../train/config.js";
import type { TrainConfig } from "../train/config.js";
import { flagOf } from "../train/option-spec.js";
import type { OptionSpec } from "../train/option-spec.js";

function commanderOption(key: string, spec: OptionSpec<unknown>, heading: string): Option {
  const flag = flagOf(key, spec);
  const option = new Option(spec.value === undefined ? flag : `${flag} <${spec.value}>`, spec.help).helpGroup(heading);
  if (spec.value === undefined) return option;
  if (spec.choices) option.choices(spec.choices);
  if (spec.initial === "") option.makeOptionMandatory();
  else option.default(spec.initial);
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

/** The configuration that a parsed command line asks for. */
export function configOf(command: Command): TrainConfig {
  const { netG, ...values } = command.opts<Readonly<Record<string, unknown>>>();
  const given = trainConfig(values);
  if (netG === undefined) return given;
  const config = trainConfig({ ...values, nBlocks: netG });
  if (command.getOptionValueSource("nBlocks") === "cli" && given.nBlocks !== config.nBlocks) {
    throw new UsageError(
      `--n-blocks: expected ${config.nBlocks}, which --net-g asks for, got ${given.nBlocks}. Give one of the two.`,
    );
  }
  return config;
}
