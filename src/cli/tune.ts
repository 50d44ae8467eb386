/** `cyclegan tune`. */
import { Command, Option } from "commander";
import { UsageError } from "../errors.js";
import type { TunedWork } from "../driver/tuning-file.js";
import type { ModelDefinition, Settings } from "../models/model.js";
import type { TrainConfig } from "../run/options.js";
import type { StepShapes } from "../training/dry-run/rehearse.js";
import { interruptible } from "./terminal/interrupt.js";
import { numberOption } from "./arguments/number-option.js";
import { printable } from "./terminal/printable.js";
import { addTrainOptions, configOf, modelOfArguments, modelOption } from "./arguments/options.js";

const examples = `
Examples:
  cyclegan tune --crop-size 256                        measure the kernels of training on 256×256 pixels
  cyclegan tune --ngf 32 --net-g resnet_6blocks --seconds 60
  cyclegan tune --list
  cyclegan tune --explain --crop-size 128              which kernels training on 128×128 pixels uses, and why
  cyclegan tune --pin "forward 1x64x64x256 3x3/1+1r 64x64x256=tiled/64x64"

--explain and --pin name a pass by its sizes: <pass> <n>x<h>x<w>x<channels> <kernel>/<stride>+<padding> <h>x<w>x<channels> of
the other side. "r" after the padding means reflection padding. "transposed" is the input gradient of a convolution and the
forward pass of a transposed convolution.

Times every way in which this device can compute the convolutions of a training step, and stores the fastest for
"train --tune" and "translate --tune". With --tune, results differ within rounding between machines; without it they do not.
They are stored in tuning.json in the cache folder, or in the file that CYCLEGAN_TUNING names.`;

/** The options that decide the sizes of a step. */
const SIZES = ["cropSize", "batchSize", "inputNc", "outputNc", "ngf", "nBlocks", "numDowns", "ndf", "netD", "nLayersD", "norm", "classes", "fcn", "encoder", "adapter"];

interface Values {
  readonly seconds: number;
  readonly list?: true;
  readonly clear?: true;
  readonly pin?: string;
  readonly explain?: true;
}

export function tuneCommand(args: readonly string[] = []): Command {
  const model = modelOfArguments(args, () => undefined);
  const seconds = new Option("--seconds <n>", "start no new measurement after this many seconds").default(20);
  const command = new Command("tune").description("find the fastest kernels for this device before you train");
  addTrainOptions(command.addOption(modelOption()), model, SIZES)
    .addOption(seconds.argParser(numberOption("--seconds", "a number of at least 0", (value) => value >= 0)))
    .option("--list", "print everything stored, for every device")
    .option("--pin <work=variant>", "always use this variant, whatever is measured; =auto undoes that")
    .option("--explain", "print which kernel computes each convolution of a training step, and why; measure nothing")
    .option("--clear", "delete everything stored, for every device")
    .addHelpText("after", examples);
  return command.action(() => runTune(command, model));
}

function printMessage(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

async function runTune(command: Command, model: ModelDefinition): Promise<void> {
  const { list, clear, pin, seconds, explain } = command.opts<Values>();
  if ([list, clear, pin, explain].filter(Boolean).length > 1) {
    throw new UsageError("--list, --pin, --clear and --explain cannot be combined.");
  }
  const file = await import("../driver/tuning-file.js");
  if (list) return printTuning();
  if (clear) return file.clearTuning();
  const config = configOf(command, model);
  const pinned = pin === undefined ? undefined : await parsePin(pin);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(config.adapter);
  const { openGpu } = await import("../open-gpu.js");
  using gpu = await openGpu({ adapter: config.adapter });
  if (pinned) {
    const { key, variant } = pinned;
    const change = (known: Readonly<Record<string, TunedWork>>): Record<string, TunedWork> => {
      const { [key]: _, ...others } = known;
      return variant === "auto" ? others : { ...others, [key]: { variant, times: {}, pinned: true } };
    };
    return file.updateTuning(file.tuningDevice(gpu), change, printMessage);
  }
  const { stepWork } = await import("../training/dry-run/rehearse.js");
  const step = stepWork(model, ...stepOf(model, config));
  if (explain) {
    const { explainConvolutions, formatExplained } = await import("../tune/explain.js");
    for (const explained of await explainConvolutions(gpu, step)) process.stdout.write(formatExplained(explained));
    return;
  }
  const { tuneDevice } = await import("../driver/tune-device.js");
  const work = (signal: AbortSignal): Promise<unknown> => tuneDevice(gpu, step, printMessage, { seconds, signal });
  await interruptible(work, () => printMessage("Finishing this measurement."));
  process.stdout.write(`${file.tuningPath()}\n`);
}

/** The settings and the shapes of a training step. */
function stepOf(model: ModelDefinition, config: TrainConfig): [settings: Settings, shapes: StepShapes] {
  const { batchSize, cropSize } = config;
  // Identity losses need equal domains and add no other sizes.
  const settings = config["inputNc"] === config["outputNc"] ? config : { ...config, lambdaIdentity: 0 };
  const channels = Object.entries(model.channels(settings));
  return [settings, Object.fromEntries(channels.map(([side, count]) => [side, [batchSize, cropSize, cropSize, count] as const]))];
}

/** The work and the variant that the text names; throws a UsageError if it does not name them. */
async function parsePin(text: string): Promise<{ readonly key: string; readonly variant: string }> {
  const { parseConvKey, variantNames } = await import("../tune/conv-work.js");
  const end = text.lastIndexOf("=");
  const [key, variant] = [text.slice(0, Math.max(0, end)), text.slice(end + 1)];
  const work = parseConvKey(key);
  if (!work) {
    throw new UsageError(
      `--pin: expected <work>=<variant> with work as "cyclegan tune --list" names it, got ${JSON.stringify(text)}.`,
    );
  }
  const names = [...variantNames(work.pass), "auto"];
  if (names.includes(variant)) return { key, variant };
  throw new UsageError(`--pin: expected a variant among ${names.join(", ")}, got ${JSON.stringify(variant)}.`);
}

async function printTuning(): Promise<void> {
  const { readTuning } = await import("../driver/tuning-file.js");
  const known = Object.entries(await readTuning(printMessage));
  if (known.length === 0) process.stdout.write('Nothing is stored yet. Run "cyclegan tune" to measure.\n');
  for (const [device, works] of known) {
    process.stdout.write(`${device}\n`);
    for (const [key, work] of Object.entries(works)) process.stdout.write(`  ${key} = ${describe(work)}\n`);
  }
}

/** `tiled/64x64  0.12 ms (direct 0.40, tiled 0.13)` */
function describe({ variant, times, pinned }: TunedWork): string {
  if (pinned) return `${variant}  pinned`;
  const others = Object.entries(times).filter(([name]) => name !== variant);
  const list = others.toSorted(([, a], [, b]) => a - b).map(([name, time]) => `${name} ${time.toPrecision(3)}`);
  return `${variant}  ${(times[variant] ?? Number.NaN).toPrecision(3)} ms (${list.join(", ")})`;
}
