/** How commands show their options, and how a command with many shows the essential ones first. */
import { Help, type Command, type Option } from "commander";

/** The description, with what the value may be and its default; a switch that is off and an empty text have none worth a word. */
function describe({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const isUnset = typeof defaultValue === "boolean" || defaultValue === undefined || defaultValue === "";
  const initial = defaultValueDescription ?? (isUnset ? undefined : String(defaultValue));
  const more = [...(argChoices ? [argChoices.join(" | ")] : []), ...(initial === undefined ? [] : [`default: ${initial}`])];
  return more.length === 0 ? description : `${description} (${more.join("; ")})`;
}

/** Gives a command its help. */
export function configureHelp(command: Command): void {
  command.configureHelp({ ...command.configureHelp(), optionDescription: describe });
}

/** Makes `--help` show only these options, by their attribute names, and say how to see the others. */
export function shortenHelp(command: Command, essential: ReadonlySet<string>): void {
  const isShown = (option: Option): boolean => option.long === "--help" || essential.has(option.attributeName());
  const left = command.options.filter((option) => !option.hidden && !isShown(option)).length;
  command.addHelpText("afterAll", `\n${left} more options: cyclegan ${command.name()} --help --all`).configureHelp({
    // Not as `visibleOptions` itself: commander also looks there for a name that is nearly the one given.
    formatHelp(shown, helper) {
      helper.visibleOptions = (of) => new Help().visibleOptions(of).filter(isShown);
      return new Help().formatHelp(shown, helper);
    },
  });
}
