/** The options of `train` on the command line: the shared ones, and those of the model. */
import { Option } from "commander";
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import { defaultModel, modelNamed, modelNames } from "../../models/index.js";
import type { ModelDefinition } from "../../models/model.js";
import { flagOf, kebabFlag, type OptionAlias, type OptionSpec, type OptionTable } from "../../models/options.js";
import { allGroups, modelGroups, optionsOf, trainConfig, type TrainConfig } from "../../run/options.js";

function commanderOption(key: string, spec: OptionSpec<unknown>, heading: string): Option {
  const flag = flagOf(key, spec);
  const option = new Option(spec.value === undefined ? flag : `${flag} <${spec.value}>`, spec.help).helpGroup(heading);
  if (spec.value === undefined) return option;
  if (spec.choices) option.choices(spec.choices);
  if (spec.initial !== "") option.default(spec.initial);
  return option.argParser((given) => valueOf(flag, spec, given));
}

function aliasOption(name: string, alias: OptionAlias, table: OptionTable, heading: string): Option {
  const flag = kebabFlag(name);
  const accepts = (meant: unknown): meant is unknown =>
    meant !== undefined && Object.entries(meant ?? {}).every(([key, value]) => table[key]?.accepts(value));
  const parse = (given: string): unknown => valueOf(flag, { ...alias, accepts }, given);
  return new Option(`${flag} <${alias.value}>`, alias.help).helpGroup(heading).argParser(parse);
}

function valueOf(flag: string, { parse, accepts, expected }: Pick<OptionSpec<unknown>, "parse" | "accepts" | "expected">, given: string): unknown {
  const value = parse(given);
  if (accepts(value)) return value;
  throw new UsageError(`${flag}: expected ${expected}, got ${JSON.stringify(given)}.`);
}

/**
 * The model that a command line names by `--model`, or by the settings of a run or a file that it names: its options
 * decide how the rest is read. `settingsOf` reads those settings; undefined if it cannot.
 */
export function modelOfArguments(args: readonly string[], settingsOf: (path: string) => unknown): ModelDefinition {
  const valueAfter = (flag: string): string | undefined => {
    const place = args.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
    return place < 0 ? undefined : (args[place]?.split("=")[1] ?? args[place + 1]);
  };
  const file = valueAfter("--resume") ?? valueAfter("--config");
  return modelNamed(valueAfter("--model") ?? (file === undefined ? undefined : settingsOf(file)) ?? defaultModel);
}

/** Gives a command every option for training this model, or only those of `keys`, and their aliases. */
export function addTrainOptions(command: Command, model: ModelDefinition, keys?: readonly string[]): Command {
  for (const [heading, table] of Object.entries(allGroups(model))) {
    for (const [key, spec] of Object.entries(table)) {
      if (keys?.includes(key) ?? true) command.addOption(commanderOption(key, spec, heading));
    }
  }
  for (const [name, alias] of Object.entries(model.aliases ?? {})) {
    const [heading] = Object.entries(modelGroups(model)).find(([, options]) => alias.keys.some((key) => key in options)) ?? [];
    if (heading !== undefined && (keys?.some((key) => alias.keys.includes(key)) ?? true)) {
      command.addOption(aliasOption(name, alias, optionsOf(model), heading));
    }
  }
  return command;
}

/** `--model`, with the models there are. */
export function modelOption(): Option {
  const lines = modelNames().map((name) => `${name}: ${modelNamed(name).summary}`);
  return new Option("--model <name>", lines.join("; ")).default(defaultModel).helpGroup("Run:");
}

/** The options that the command line itself gives, an alias as the option it means. */
export function givenOptions(command: Command, model: ModelDefinition): Readonly<Record<string, unknown>> {
  const options = optionsOf(model);
  const isGiven = (key: string): boolean => command.getOptionValueSource(key) === "cli";
  const values = command.opts<Readonly<Record<string, unknown>>>();
  const given = Object.fromEntries(Object.entries(values).filter(([key]) => key in options && isGiven(key)));
  const meanings = Object.entries(model.aliases ?? {}).flatMap(([name, { isDefault = false }]) =>
    isGiven(name) ? [{ name, isDefault, meant: Object.entries(values[name] ?? {}) }] : [],
  );
  const defaults = Object.fromEntries(meanings.flatMap(({ isDefault, meant }) => (isDefault ? meant : [])));
  const exact = meanings.filter(({ isDefault }) => !isDefault);
  return { ...defaults, ...exact.reduce((all, { name, meant }) => withAlias(all, options, name, meant), given) };
}

/** The given options with those that an alias means. Throws a UsageError if they contradict each other. */
function withAlias(
  given: Readonly<Record<string, unknown>>,
  options: OptionTable,
  name: string,
  meant: readonly (readonly [key: string, value: unknown])[],
): Readonly<Record<string, unknown>> {
  for (const [key, value] of meant) {
    const spec = options[key];
    if (!spec || !(key in given) || given[key] === value) continue;
    throw new UsageError(
      `${flagOf(key, spec)} ${JSON.stringify(given[key])} and ${kebabFlag(name)}, which means ${JSON.stringify(value)}, differ. ` +
        "Give one of the two.",
    );
  }
  return { ...given, ...Object.fromEntries(meant) };
}

/** The configuration that a parsed command line asks for. */
export function configOf(command: Command, model: ModelDefinition): TrainConfig {
  return trainConfig({ model: model.name, ...givenOptions(command, model) });
}
