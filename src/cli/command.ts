/** The command `cyclegan`: its subcommands, its help, its exit code. */
import { Command } from "commander";
import { productVersion } from "../generated/version.js";
import { tolerateClosedOutput } from "./terminal/closed-output.js";
import { fail } from "./terminal/fail.js";
import { configureHelp } from "./arguments/help.js";
import { printNotes } from "./terminal/notes.js";
import { respell } from "./arguments/spelling.js";

const examples = `
Examples:
  cyclegan demo                                        train on emoji, look at runs/demo/index.html
  cyclegan data horse2zebra                            download a data set of the reference
  cyclegan train --dataroot datasets/horse2zebra --name zebra
  cyclegan translate --model runs/zebra --direction AtoB --input photos --output striped
  cyclegan eval --model runs/zebra                     how near its translations are to real images
  cyclegan sample --model runs/faces --output samples  images from noise, of a model trained by --model gan
  cyclegan look --model runs/zebra --input photos      what the channels of a network respond to
  cyclegan inspect horse2zebra.pth                     which network a file of weights holds
  cyclegan view runs/zebra                             its page, while it trains and after
  cyclegan compare runs/*                              all runs on one page, the best first
  cyclegan studio                                      a page that translates pictures in the browser
  cyclegan doctor                                      what this machine offers
  cyclegan bench                                       how fast it is, as a table and a file to post

Option names are the reference's in kebab-case; its own spelling (--lambda_A, --netG) works as well.`;

/** One line for what commander finds wrong, hints included. */
function printUsageError(text: string, write: (line: string) => void): void {
  write(`cyclegan: ${text.replace(/^error: /, "").trim().replaceAll(/\s*\n\s*/g, " ")}\n`);
}

/** How each command is made. Those of a training look at the arguments: the model that they name has options of its own. */
const commands: ReadonlyMap<string, (args: readonly string[], all: boolean) => Promise<Command>> = new Map([
  ["data", async () => (await import("./data.js")).dataCommand()],
  ["train", async (args: readonly string[], all: boolean) => (await import("./train.js")).trainCommand(args, all)],
  ["translate", async () => (await import("./translate.js")).translateCommand()],
  ["queue", async () => (await import("./queue/command.js")).queueCommand()],
  ["test", async () => (await import("./test.js")).testCommand()],
  ["sample", async () => (await import("./sample.js")).sampleCommand()],
  ["eval", async () => (await import("./eval.js")).evalCommand()],
  ["look", async () => (await import("./look.js")).lookCommand()],
  ["inspect", async () => (await import("./inspect.js")).inspectCommand()],
  ["convert", async () => (await import("./convert.js")).convertCommand()],
  ["view", async () => (await import("./view.js")).viewCommand()],
  ["sweep", async () => (await import("./sweep.js")).sweepCommand()],
  ["compare", async () => (await import("./compare.js")).compareCommand()],
  ["studio", async () => (await import("./studio.js")).studioCommand()],
  ["tune", async (args: readonly string[]) => (await import("./tune.js")).tuneCommand(args)],
  ["demo", async () => (await import("./demo.js")).demoCommand()],
  ["bench", async () => (await import("./bench.js")).benchCommand()],
  ["doctor", async () => (await import("./doctor.js")).doctorCommand()],
  ["exec", async () => (await import("./exec.js")).execCommand()],
]);

/**
 * The program with the command that is named, so that only its modules are loaded; without a name, with all commands.
 * `all`: whether its help shows all options.
 */
async function program([name, ...args]: readonly string[], all: boolean): Promise<Command> {
  const root = new Command("cyclegan")
    .description("Train and run CycleGAN on any WebGPU device.")
    .version(productVersion)
    .enablePositionalOptions()
    .addHelpText("after", examples);
  const named = commands.get(name ?? "");
  for (const load of named ? [named] : commands.values()) root.addCommand(await load(args, all));
  for (const command of [root, ...root.commands, ...root.commands.flatMap(({ commands: own }) => own)]) {
    command.exitOverride().configureOutput({ outputError: printUsageError });
    configureHelp(command);
  }
  return root;
}

/**
 * Runs the command `cyclegan` with these arguments, and sets the process's exit code.
 *
 * A program that has registered a model of its own (`registerModel`) gives it a command this way.
 */
export async function runCommand(args: readonly string[]): Promise<void> {
  tolerateClosedOutput();
  try {
    const { args: respelt, notes } = respell(args);
    const all = respelt[0] !== "exec" && respelt.includes("--all") && respelt.some((argument) => argument === "--help" || argument === "-h");
    const given = all ? respelt.filter((argument) => argument !== "--all") : [...respelt];
    const root = await program(given, all);
    printNotes(notes);
    await root.parseAsync(given, { from: "user" });
  } catch (error) {
    process.exitCode = fail(error);
  }
}
