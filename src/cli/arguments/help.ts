/** How commands show their options: the essential ones first, and all of them with --all. */
import { Help, type Command, type HelpConfiguration, type Option } from "commander";

/** The options that `train --help` shows; `--help --all` shows the others too. */
const ESSENTIAL: ReadonlySet<string> = new Set([
  "--dataroot", "--name", "--model", "--direction", "--load-size", "--crop-size", "--preprocess", "--batch-size", "--n-epochs",
  "--n-epochs-decay", "--max-steps", "--net-g", "--ngf", "--lambda-identity", "--resume", "--continue-train", "--overwrite", "--live",
  "--dry-run", "--adapter", "--help",
]);

/** The description, with what the value may be and its default; a switch that is off has none worth a word. */
function describe({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const initial = defaultValueDescription ?? (typeof defaultValue === "boolean" || defaultValue === undefined ? undefined : String(defaultValue));
  const more = [...(argChoices ? [argChoices.join(" | ")] : []), ...(initial === undefined ? [] : [`default: ${initial}`])];
  return more.length === 0 ? description : `${description} (${more.join("; ")})`;
}

/** Gives a command its help. `all`: shows every option of a command with many. */
export function configureHelp(command: Command, all: boolean): void {
  const visible = command.options.filter(({ hidden }) => !hidden);
  const isLong = visible.length > 40;
  const left = visible.filter(({ long }) => !ESSENTIAL.has(long ?? "")).length;
  const layout: HelpConfiguration = { optionDescription: describe };
  if (isLong && !all) {
    layout.visibleOptions = (shown) => new Help().visibleOptions(shown).filter(({ long }) => ESSENTIAL.has(long ?? ""));
    command.addHelpText("afterAll", `\n${left} more options: cyclegan ${command.name()} --help --all`);
  }
  command.configureHelp(layout);
}
